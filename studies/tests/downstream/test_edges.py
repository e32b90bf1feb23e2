"""The width of an edge grows with blur, in mm, along the axes that are measured."""

import math

import numpy as np
import pytest
from scipy import ndimage
from studies.downstream import edges
from studies.downstream.edges import STEP_MM, edge_widths, width

from crossres.volume import Grid, Volume


def test_a_ramp_is_eight_tenths_of_its_length_wide() -> None:
    ramp = np.interp(np.arange(41), [15, 25], [3.0, 9.0])
    assert width(ramp) == pytest.approx(0.8 * 10 * STEP_MM, rel=0.02)


@pytest.mark.parametrize("profile", [np.ones(41), np.linspace(1, 0, 41)])
def test_what_does_not_rise_has_no_width(profile: np.ndarray) -> None:
    assert math.isnan(width(profile))


def test_blurred_edges_are_wider_in_mm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "EDGES", 200)
    data = np.zeros((60, 60, 3), np.float32)
    data[4:56, 4:56] = 100
    data[30:56, 4:56] = 200
    truth = Volume(data, Grid(data.shape, np.diag([2.0, 2.0, 2.0, 1.0])))
    blurred = ndimage.gaussian_filter1d(data, 1.0, axis=0)
    sharp, wide = edge_widths([data, blurred], truth, (0,))
    assert sharp == pytest.approx(0.8 * 2.0, rel=0.1)
    assert wide == pytest.approx(2.563 * 2.0, rel=0.15)
