"""Slice geometry: every orientation, and every reason why slices are no volume."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.geometry import by_position, grid_of, irregularities, plane_of
from crossres.types import GridError, VolumeError

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def frame(z: float = 0.0, **changes: Any) -> Frame:
    """Return an axial slice 5 rows high and 4 columns wide."""
    plain = Frame(
        path=Path("slice"), index=0, several=False, series="1.2", instance=f"1.2.{z}",
        sop_class="1", description="T2", reference="",
        modality="MR", kind=("ORIGINAL",), echo=None, size=(5, 4),
        colours=1, photometric="MONOCHROME2", table=False, position=(10.0, -20.0, z),
        orientation=AXIAL, spacing=(1.5, 0.5), thickness=None, slope=1.0, intercept=0.0,
    )  # fmt: skip
    return replace(plain, **changes)


def stack(places: Sequence[float]) -> list[Frame]:
    return [frame(float(z)) for z in places]


def test_rows_columns_and_slices_become_i_j_k_in_ras() -> None:
    grid = grid_of(stack([3, 7, 11]))
    assert grid.shape == (4, 5, 3)
    expected = [[-0.5, 0, 0, -10], [0, -1.5, 0, 20], [0, 0, 4, 3], [0, 0, 0, 1]]
    np.testing.assert_allclose(grid.affine, expected, atol=1e-12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    turn=st.tuples(*[st.floats(-180, 180)] * 3),
    step=st.floats(0.3, 8),
    count=st.integers(2, 40),
    seed=st.integers(0, 99),
)
def test_any_direction_and_any_order_give_the_place_of_every_pixel(
    turn: tuple[float, ...], step: float, count: int, seed: int
) -> None:
    rotation = np.eye(3)
    for axis, degrees in enumerate(turn):
        a, b = [n for n in range(3) if n != axis]
        one, angle = np.eye(3), np.radians(degrees)
        one[a, a] = one[b, b] = np.cos(angle)
        one[a, b], one[b, a] = -np.sin(angle), np.sin(angle)
        rotation = one @ rotation
    row, column, normal = rotation.T
    directions = tuple(round(float(n), 6) for n in (*row, *column))
    places = [np.array((5.0, 6, 7)) + k * step * normal for k in range(count)]
    frames = [
        frame(position=tuple(np.round(p, 4).tolist()), orientation=directions) for p in places
    ]
    shuffled = [frames[n] for n in np.random.default_rng(seed).permutation(count)]
    grid = grid_of([group[0] for group in by_position(shuffled)])
    for i, j, k in [(0, 0, 0), (3, 4, count - 1), (3, 0, 0)]:
        lps = places[k] + i * 0.5 * row + j * 1.5 * column
        found = (grid.affine @ (i, j, k, 1))[:3]
        np.testing.assert_allclose(found, lps * (-1, -1, 1), atol=0.01)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([frame(float(z), position=(1e6, 0.0, float(z))) for z in range(4)], "1e+03 m from"),
        ([frame(float(z), spacing=(1e-3, 1e-3)) for z in range(4)], "plausible are 0.01 to 100 mm"),
        (stack([0, 200, 400]), "plausible are 0.01 to 100 mm"),
    ],
)
def test_a_place_or_size_that_no_scanner_makes(frames: list[Frame], words: str) -> None:
    with pytest.raises(GridError) as caught:
        grid_of(frames)
    assert words in str(caught.value)


def test_positions_rounded_to_hundredths_are_even_enough() -> None:
    assert grid_of(stack([round(k * 0.6666, 2) for k in range(60)])).spacing[2] == pytest.approx(
        0.6666, abs=1e-3
    )


def test_frames_of_one_position_are_grouped() -> None:
    groups = by_position(stack([4, 0, 8, 4]))
    assert [len(group) for group in groups] == [1, 2, 1]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([0], "single slice"),
        ([0, 4, 8, 16, 20], "lacks 1 slice: a gap of 8.00 mm between slices 3 and 4"),
        ([0, 4, 16, 20, 28], "lacks 3 slices"),
        ([0, 4, 12, 16, 24, 28], "lacks 2 slices"),
        ([0, 4, 8, 13, 17], "uneven gaps, 4.00 to 5.00 mm"),
        ([0, 3.9, 7.7, 11.4, 15.0, 18.5], "uneven gaps, 3.50 to 3.90 mm"),
    ],
)
def test_gaps_are_named_in_mm(places: list[float], words: str) -> None:
    with pytest.raises(GridError) as caught:
        grid_of(stack(places))
    assert words in str(caught.value)


def shifted(by: Sequence[float]) -> list[Frame]:
    return [frame(4.0 * k, position=(10.0, float(y), 4.0 * k)) for k, y in enumerate(by)]


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (shifted([0, 1, 2, 3, 4]), "sheared by 14.0 degrees"),
        (shifted([0, 0, 9, 0, 0]), "9.00 mm beside"),
    ],
)
def test_slices_that_are_not_along_one_line(frames: list[Frame], words: str) -> None:
    with pytest.raises(GridError) as caught:
        grid_of(frames)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"position": None}, GridError, "without a position"),
        ({"orientation": None}, GridError, "without a position"),
        ({"spacing": None}, GridError, "pixel spacing of none"),
        ({"spacing": (0.0, 1.0)}, GridError, "must be above 0"),
        ({"spacing": (1.0, float("nan"))}, GridError, "must be above 0"),
        ({"position": (float("nan"), 0.0, 0.0)}, GridError, "NaN"),
        ({"orientation": (1.0, 0.0, 0.0, float("inf"), 1.0, 0.0)}, GridError, "NaN"),
        ({"orientation": (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)}, GridError, "right angles"),
        ({"orientation": (0.0,) * 6}, GridError, "right angles"),
        ({"colours": 3}, VolumeError, "colour"),
        ({"photometric": "PALETTE COLOR"}, VolumeError, "colour"),
        ({"photometric": "MONOCHROME1"}, VolumeError, "MONOCHROME2"),
        ({"kind": ("ORIGINAL", "PRIMARY", "MOSAIC")}, VolumeError, "mosaic"),
        ({"table": True}, VolumeError, "lookup table"),
    ],
)
def test_unusable_positions_and_colour_images_are_refused(
    changes: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        by_position([frame(0.0), frame(4.0, **changes)])
    assert words in str(caught.value)
    assert ";" in str(caught.value)


def rounded(degrees: float, digits: int) -> list[Frame]:
    """Return slices of an oblique stack with rounded directions and exact positions."""
    a, b = np.radians(degrees), np.radians(degrees / 2)
    row = np.array([np.cos(a), np.sin(a) * np.cos(b), np.sin(a) * np.sin(b)])
    column = np.array([-np.sin(a), np.cos(a) * np.cos(b), np.cos(a) * np.sin(b)])
    directions = tuple(round(float(n), digits) for n in (*row, *column))
    normal = np.cross(row, column)
    return [
        frame(position=tuple((3.0 * k * normal).tolist()), orientation=directions)
        for k in range(40)
    ]


@pytest.mark.parametrize("degrees", [3, 11, 20, 33, 47])
def test_directions_rounded_to_two_digits_are_set_right(degrees: float) -> None:
    exact, coarse = (rounded(degrees, digits) for digits in (10, 2))
    assert irregularities(exact) == []
    assert "rounded directions" in irregularities(coarse)[0]
    true, found = grid_of(exact), grid_of(coarse)
    steps = found.affine[:3, :3] / found.spacing
    np.testing.assert_allclose(steps.T @ steps, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(found.affine[:, 2], true.affine[:, 2], atol=1e-6)
    np.testing.assert_allclose(found.affine, true.affine, atol=0.03)


def test_directions_off_by_more_than_rounding_are_refused() -> None:
    with pytest.raises(GridError, match="right angles"):
        by_position([frame(0.0, orientation=(1.0, 0.03, 0.0, 0.0, 1.0, 0.0))])


@pytest.mark.parametrize(
    ("orientation", "plane"),
    [
        (AXIAL, "axial"),
        ((0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "sagittal"),
        ((1.0, 0.0, 0.0, 0.0, 0.1, -0.99), "coronal"),
        (None, "?"),
        ((float("nan"),) * 6, "?"),
    ],
)
def test_planes_have_names(orientation: tuple[float, ...] | None, plane: str) -> None:
    assert plane_of(frame(orientation=orientation)) == plane
