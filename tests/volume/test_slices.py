"""The slices are found, and their thickness is a number that their distance allows."""

import math

import numpy as np
import pytest

from crossres.types import SettingsError
from crossres.volume import Grid, Profile, slice_axis, through_plane_axis, with_slice_profile

SCAN = Grid((8, 6, 4), np.diag([1.0, 1.0, 4.0, 1.0]))


@pytest.mark.parametrize(
    ("spacing", "axis"),
    [
        ((0.5, 0.5, 4.0), 2),
        ((4.0, 0.5, 0.5), 0),
        ((0.9, 4.0, 1.0), 1),
        ((2.0, 2.0, 1.0), 2),
        ((1.0, 1.0, 1.0), 2),
        ((1.0, 1.001, 0.999), 2),
    ],
)
def test_the_slices_are_found(spacing: tuple[float, float, float], axis: int) -> None:
    assert through_plane_axis(Grid((8, 8, 8), np.diag([*spacing, 1.0]))) == axis


def test_an_isotropic_scan_is_axial_however_it_is_stored() -> None:
    ras = Grid((4, 5, 6), np.eye(4))
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        stored = ras.reordered(order, (True, False, True))
        assert through_plane_axis(stored) == order.index(2)


@pytest.mark.parametrize("thickness", [1.0, 3.0, 4.0, 10.0])
def test_the_thickness_is_apart_from_the_distance(thickness: float) -> None:
    found = with_slice_profile(SCAN, thickness)
    assert found.fwhm == (1.0, 1.0, thickness)
    assert found == SCAN
    assert found.spacing == SCAN.spacing


def test_rounding_in_a_header_is_no_gap() -> None:
    assert with_slice_profile(SCAN, 3.97).fwhm == SCAN.spacing


def test_a_later_thickness_replaces_an_earlier_one() -> None:
    first = with_slice_profile(SCAN, 1.5, axis=0)
    assert with_slice_profile(first, 2.0).fwhm == (2.0, 1.0, 4.0)


@pytest.mark.parametrize("thickness", [0.9, 10.1, 0.0, -3.0, math.nan, math.inf])
def test_an_impossible_thickness_is_refused(thickness: float) -> None:
    with pytest.raises(SettingsError, match="give a thickness of 1 to 10 mm"):
        with_slice_profile(SCAN, thickness)


def test_the_shape_is_given_alone_or_with_the_thickness() -> None:
    slab = with_slice_profile(with_slice_profile(SCAN, 3.0), shape="slab")
    assert [profile.shape for profile in slab.profiles] == ["gaussian", "gaussian", "slab"]
    assert slab.fwhm == (1.0, 1.0, 3.0)
    assert with_slice_profile(slab, 2.0).profiles[2] == Profile(2.0, "slab")
    assert with_slice_profile(SCAN).fwhm == SCAN.spacing


def test_the_axis_with_a_known_profile_is_across_the_slices() -> None:
    assert slice_axis(SCAN) == 2
    assert slice_axis(with_slice_profile(SCAN, 1.5, axis=0)) == 0
