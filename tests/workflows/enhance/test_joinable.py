"""What cannot be joined is refused before any time is spent on it."""

import numpy as np
import pytest

from crossres.inference import EnhanceSettings
from crossres.registration import RigidTransform
from crossres.types import RegistrationError, SettingsError
from crossres.volume import Grid, Volume
from crossres.workflows.enhance.joinable import (
    check_contrasts,
    check_distinct,
    check_guide,
    check_joinable,
    check_overlap,
)

FINE = Grid((20, 24, 28), np.eye(4))


def scan_at(*shift: float) -> Volume:
    affine = np.eye(4)
    affine[:3, 3] = shift
    grid = Grid(FINE.shape, affine).coarsened((4, 1, 1))
    return Volume(np.ones(grid.shape), grid)


def test_settings_of_one_scan_are_refused() -> None:
    for settings, text in (
        (EnhanceSettings(guide_influence=True), "guide_influence"),
        (EnhanceSettings(back_projection="iterative"), "least squares"),
        (EnhanceSettings(noise=3.0), "intensities of one scan"),
    ):
        with pytest.raises(SettingsError, match=text):
            check_joinable(settings)
    check_joinable(EnhanceSettings(noise=0.0))


@pytest.mark.parametrize("shift", [(300, 300, 300), (0, 0, -28)])
def test_a_scan_elsewhere_is_refused(shift: tuple[float, float, float]) -> None:
    with pytest.raises(RegistrationError, match="does not overlap"):
        check_overlap(FINE, scan_at(*shift), RigidTransform.identity())


def test_a_slab_and_a_registered_scan_are_accepted() -> None:
    check_overlap(FINE, scan_at(0, 0, -26), RigidTransform.identity())
    motion = np.eye(4)
    motion[:3, 3] = 300
    check_overlap(FINE, scan_at(300, 300, 300), RigidTransform(motion))


def test_a_scan_given_twice_is_refused() -> None:
    scan = scan_at(0, 0, 0)
    other = scan.with_data(2 * scan.data)
    with pytest.raises(SettingsError, match="scan 3 is the same as scan 1; leave it out"):
        check_distinct([scan, other, scan.with_data(scan.data.copy())])
    check_distinct([scan, other, scan_at(1, 0, 0)])


def test_a_guide_that_is_one_of_the_scans_is_refused() -> None:
    scan = scan_at(0, 0, 0)
    with pytest.raises(SettingsError, match="the guide is the target itself"):
        check_guide([scan_at(1, 0, 0), scan], scan.with_data(scan.data.copy()))
    check_guide([scan, scan_at(1, 0, 0)], scan.with_data(2 * scan.data))


def test_contrasts_that_are_known_to_differ_are_refused() -> None:
    with pytest.raises(SettingsError, match="scan 3 is named a T1w, and scan 2 a T2w"):
        check_contrasts([None, "T2w", "T1w"])
    check_contrasts([None, "FLAIR", "FLAIR"])
