"""What was done to scans is stated, by name for the user and by number on the card."""

import numpy as np
import pytest

from crossres.inference.prepared_scan import prepare
from crossres.physics import add_rician_noise
from crossres.training.identity import non_default
from crossres.volume import Grid, Pair, Volume
from crossres.workflows.train.preparation import (
    Preparation,
    preparation_counts,
    preparation_notes,
)

TREATED = (
    Preparation(),
    Preparation(apodised="ij"),
    Preparation(samples=(8, 8, 4), apodised="j", noise=0.0312),
)
NAMES = ("a", "b", "c")


def test_scans_that_are_used_as_they_are_leave_no_trace() -> None:
    none = [Preparation()] * 3
    assert preparation_notes(NAMES, none) == []
    assert preparation_counts(none) == preparation_counts([]) == ""
    assert non_default(Preparation()) == {}


def test_every_apodised_and_denoised_scan_is_named() -> None:
    apodised, denoised = preparation_notes(NAMES, TREATED)
    assert apodised == "apodised before training, as at inference, 2 of 3 scans: b (i, j), c (j)"
    assert denoised.endswith("1 of 3 scans: c (3.1 % of noise)")


def test_the_counts_name_nobody() -> None:
    assert preparation_counts(TREATED) == (
        "of 3 scans 2 apodised, 1 reduced to acquired samples, 1 denoised"
    )


@pytest.mark.parametrize("share", [0.002, 0.031234])
def test_a_preparation_is_read_from_the_prepared_scan(share: float) -> None:
    grid = Grid((24, 24, 4), np.diag([1.0, 1.0, 4.0, 1.0]))
    still = np.full(grid.shape, 100.0)
    data = add_rician_noise(still, 100 * share, np.random.default_rng(0)).astype(np.float32)
    pair = Pair(Volume(data, grid), grid.refined((2, 2, 1)))
    scan = prepare(pair, noise=100 * share, plane_profile="band-limited")
    found = Preparation.of(grid, scan)
    assert (found.samples, found.apodised) == (None, "ij")
    assert found.noise == (0.0 if share < 0.0075 else pytest.approx(share, rel=0.1))
    assert found.noise == round(found.noise, 4)
    read = Grid((48, 24, 4), np.diag([0.5, 1.0, 4.0, 1.0]))
    assert Preparation.of(read, scan).samples == (24, 24, 4)
