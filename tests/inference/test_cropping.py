"""Slices are cropped to the object, which changes no estimate inside it."""

import numpy as np
import pytest
import torch

from crossres.inference import Cascade
from crossres.inference.cropping import MARGIN, Cropped, bounding_window
from crossres.networks import GuidedRDN
from crossres.physics import Acquisition, BackProjection, consistency
from crossres.volume import Grid

COARSE = Grid((80, 70, 3), np.diag([2.0, 2.0, 3.0, 1.0]))
FINE = COARSE.refined((2, 2, 1))


def scene(noise: float = 0.0) -> torch.Tensor:
    """Return slices with an object in their middle, and noise in the air around it."""
    generator = torch.Generator().manual_seed(0)
    y = noise * torch.rand(3, 1, *COARSE.shape[:2], generator=generator)
    y[:, :, 35:43, 32:40] += 0.5 + 0.3 * torch.rand(3, 1, 8, 8, generator=generator)
    return y


def cascade(**settings) -> Cascade:
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=2, width=6, guided=True, norm="none")
    with torch.no_grad():
        network.out.weight.normal_(0, 0.02)
    return Cascade((network,), **settings)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_window_holds_what_shows_something_and_a_margin(noise):
    rows, columns = bounding_window(scene(noise), COARSE, FINE)
    margin = MARGIN // 2
    assert (rows.start, rows.stop) == (35 - margin, 43 + margin)
    assert (columns.start, columns.stop) == (32 - margin, 40 + margin)


def test_a_window_ends_where_the_slices_do():
    y = torch.zeros(3, 1, 80, 70)
    y[:, :, :2, 67:] = 1
    assert bounding_window(y, COARSE, FINE) == (
        slice(0, 2 + MARGIN // 2),
        slice(67 - MARGIN // 2, 70),
    )


def test_an_axis_whose_pixels_are_no_whole_number_of_fine_ones_is_kept_whole():
    fine = COARSE.refined((1.6, 1, 1))
    rows, columns = bounding_window(scene(), COARSE, fine)
    assert rows == slice(0, 80)
    assert columns == slice(32 - MARGIN, min(40 + MARGIN, 70))


def test_slices_that_show_nothing_have_no_window_of_their_own():
    assert bounding_window(torch.zeros(3, 1, 80, 70), COARSE, FINE) == (slice(0, 80), slice(0, 70))


@pytest.mark.parametrize("settings", [{}, {"back_projection": BackProjection("iterative")}])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_what_shows_something_comes_out_as_without_a_window(settings, noise):
    y, own = scene(noise), cascade(**settings)
    g = torch.rand(3, 1, *FINE.shape[:2], generator=torch.Generator().manual_seed(1))
    cropped = Cropped(own, COARSE, FINE, bounding_window(y, COARSE, FINE)).enhance(y, g)
    whole = own.enhance(y, g, COARSE, FINE)
    inside = (..., slice(70, 86), slice(64, 80))
    torch.testing.assert_close(cropped[inside], whole[inside], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_estimate_agrees_with_the_scan_as_without_a_window(noise):
    y, own = scene(noise), cascade()
    g = torch.rand(3, 1, *FINE.shape[:2], generator=torch.Generator().manual_seed(1))
    cropped = Cropped(own, COARSE, FINE, bounding_window(y, COARSE, FINE)).enhance(y, g)
    acquisition = Acquisition(FINE, COARSE)
    whole = consistency(acquisition, own.enhance(y, g, COARSE, FINE), y)
    assert consistency(acquisition, cropped, y) < whole + 2e-3


def test_a_window_of_everything_is_the_cascade_itself():
    y, own = scene(), cascade()
    g = torch.rand(3, 1, *FINE.shape[:2])
    estimate = Cropped(own, COARSE, FINE, (slice(0, 80), slice(0, 70))).enhance(y, g)
    assert torch.equal(estimate, own.enhance(y, g, COARSE, FINE))
