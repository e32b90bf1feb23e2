"""The target grid is the one that a factor or a spacing means, or an error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossres.types import SettingsError
from crossres.volume import Grid, coarse_grid, fine_grid, pass_grids
from crossres.volume.target_grid import check_resolution


def grid(spacing: tuple[float, float, float], extent: float = 48.0) -> Grid:
    shape = tuple(round(extent / d) for d in spacing)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = (np.array(spacing) - extent) / 2
    return Grid((shape[0], shape[1], shape[2]), affine)


@given(st.floats(1.05, 15.9), st.integers(0, 2))
def test_one_number_is_for_the_plane(factor: float, across: int) -> None:
    spacing = [1.0, 1.0, 1.0]
    spacing[across] = 3.0
    coarse = grid((spacing[0], spacing[1], spacing[2]))
    fine = fine_grid(coarse, factor=(factor,))
    assert fine.shape[across] == coarse.shape[across]
    assert fine.shares_edges(coarse)
    for n in set(range(3)) - {across}:
        assert fine.shape[n] == round(coarse.shape[n] * factor)


def test_factor_and_spacing_give_the_same_grid() -> None:
    coarse = grid((2.0, 4.0, 3.0))
    assert fine_grid(coarse, factor=(2, 4, 1)) == fine_grid(coarse, spacing=(1, 1, 3))


def test_coarse_undoes_fine() -> None:
    reference = grid((1.0, 1.0, 3.0))
    assert fine_grid(coarse_grid(reference, factor=(4,)), factor=(4,)) == reference


def test_rounding_in_a_header_is_no_factor() -> None:
    coarse = grid((2.0, 2.0, 3.0))
    assert fine_grid(coarse, spacing=(1, 1, 3.0001)).shape[2] == coarse.shape[2]


BAD = [(1,), (1, 1, 1), (0.5, 2, 1), (0,), (-2,), (math.nan,), (math.inf,), (17,), (2, 2), ()]


@pytest.mark.parametrize("factor", BAD)
def test_impossible_factors_are_refused(factor: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match="give"):
        fine_grid(grid((2.0, 2.0, 2.0)), factor=factor)
    with pytest.raises(SettingsError, match="give"):
        coarse_grid(grid((2.0, 2.0, 2.0)), factor=factor)


@pytest.mark.parametrize("spacing", [(2,), (3,), (0,), (-1,), (math.nan,), (1, 1), (1, 1, 9)])
def test_impossible_spacings_are_refused(spacing: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match="give"):
        fine_grid(grid((2.0, 2.0, 2.0)), spacing=spacing)


@pytest.mark.parametrize(
    ("factor", "spacing", "message"),
    [
        (None, None, "neither"),
        ((2.0,), (1.0,), "both"),
        ((17.0,), None, "out of range"),
        ((1.0, 1.0, 1.0), None, "changes nothing"),
        (None, (1.0, 1.0), "above 0 mm, got 1,1"),
    ],
)
def test_what_no_scan_allows_is_refused(
    factor: tuple[float, ...] | None, spacing: tuple[float, ...] | None, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        check_resolution(factor, spacing)


@pytest.mark.parametrize("factor", [(1.01, 1.0, 1.0), (16.0,), (1.0, 1.0, 1.02)])
def test_a_factor_that_some_scan_allows_is_none(factor: tuple[float, ...]) -> None:
    check_resolution(factor, None)


def test_an_error_repeats_the_spacing_that_was_given() -> None:
    thick = grid((1.0, 1.0, 4.0))
    with pytest.raises(SettingsError, match=r"`spacing` 4 mm makes no axis finer than the voxels"):
        fine_grid(thick, spacing=(4,))
    with pytest.raises(SettingsError, match=r"2,2,2 mm is coarser along an axis"):
        fine_grid(thick, spacing=(2, 2, 2))


def test_one_spacing_is_for_every_axis_that_is_coarser() -> None:
    assert fine_grid(grid((1.0, 1.0, 4.0)), spacing=(2,)).spacing == pytest.approx((1, 1, 2))
    assert fine_grid(grid((2.0, 2.0, 1.0)), spacing=(1,)).spacing == pytest.approx((1, 1, 1))
    assert fine_grid(grid((2.0, 2.0, 3.0)), spacing=(1,)).spacing == pytest.approx((1, 1, 1))
    nearly = fine_grid(grid((2.0, 2.0, 1.02)), spacing=(1,))
    assert nearly.spacing == pytest.approx((1, 1, 1.02), rel=0.01), "that is coarse enough"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_three_axes_take_two_passes_and_fewer_take_one(order: tuple[int, int, int]) -> None:
    coarse = grid((2.0, 2.0, 4.0)).reordered(order, (True, False, False))
    fine = fine_grid(coarse, spacing=(1,))
    plane, last = pass_grids(coarse, fine)
    assert last.is_close(fine)
    changed = [n for n in range(3) if plane.shape[n] != coarse.shape[n]]
    assert changed == [n for n in range(3) if order[n] != 2], "the plane comes first"
    assert plane.shares_edges(coarse)
    for one in (fine_grid(coarse, factor=(2,)), plane):
        assert [g.shape for g in pass_grids(coarse, one)] == [one.shape]


def test_exactly_one_of_factor_and_spacing() -> None:
    with pytest.raises(SettingsError, match="neither"):
        fine_grid(grid((2.0, 2.0, 2.0)))
    with pytest.raises(SettingsError, match="both"):
        fine_grid(grid((2.0, 2.0, 2.0)), factor=(2,), spacing=(1,))


def test_one_pass_where_a_large_axis_stays() -> None:
    coarse, fine = (Grid((int("300"), *rest), np.eye(4)) for rest in ((8, 4), (16, 8)))
    assert pass_grids(coarse, fine) == [fine]


def test_a_slice_thickness_is_that_of_the_axis_that_gets_coarser() -> None:
    coarse = coarse_grid(grid((1.0, 1.0, 1.0)), factor=(4, 1, 1), slice_thickness=3)
    assert coarse.fwhm == (3.0, 1.0, 1.0)
    for factor, thickness, text in (((2, 2, 1), 3, "of one axis"), ((1, 1, 4), 30, "1 to 10 mm")):
        with pytest.raises(SettingsError, match=text):
            coarse_grid(grid((1.0, 1.0, 1.0)), factor=factor, slice_thickness=thickness)
