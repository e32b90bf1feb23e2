"""Slices are drawn upright, with the patient's sides where the letters are."""

import numpy as np
import pytest

from crossres.report.slices import (
    Box,
    Slice,
    detailed_box,
    head_box,
    informative_fractions,
    slice_panel,
)
from crossres.types import GridError, SettingsError, VolumeError
from crossres.volume import Grid, Volume

SHAPE = (20, 24, 16)
AXES = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


def _volume(data: np.ndarray) -> Volume:
    return Volume(data, Grid(data.shape, np.diag([1.0, 1.5, 2.0, 1.0])))


def _bright(side: str) -> Volume:
    """Return a volume with the voxels on one side of the patient bright."""
    axis, sign = AXES[side]
    data = np.zeros(SHAPE, dtype=np.float32)
    half = slice(SHAPE[axis] // 2, None) if sign > 0 else slice(0, SHAPE[axis] // 2)
    data[tuple(half if n == axis else slice(None) for n in range(3))] = 1
    return _volume(data)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("stored", [((0, 1, 2), (False,) * 3), ((2, 0, 1), (True, False, True))])
def test_letters_are_right_in_any_voxel_order(plane, stored):
    picture = slice_panel({"a": _bright("R")}, plane, fraction=0.5)["a"]
    for letter, place in zip(picture.edges, ("left", "right", "top", "bottom"), strict=True):
        volume = _bright(letter).reordered(*stored)
        data = slice_panel({"a": volume}, plane, fraction=0.5)["a"].data
        rows, columns = (n // 2 for n in data.shape)
        halves = {
            "left": data[:, :columns],
            "right": data[:, columns:],
            "top": data[:rows],
            "bottom": data[rows:],
        }
        other = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[place]
        assert halves[place].all()
        assert not halves[other].any()


def test_the_convention_is_stated():
    axial = slice_panel({"a": _bright("R")}, "axial", fraction=0.5)["a"]
    assert "patient's right is on the left" in axial.convention
    sagittal = slice_panel({"a": _bright("R")}, "sagittal", fraction=0.5)["a"]
    assert "patient's front is on the left" in sagittal.convention


def test_size_is_in_mm():
    picture = slice_panel({"a": _bright("R")}, "coronal", fraction=0.5)["a"]
    assert (picture.width, picture.height) == pytest.approx((20.0, 32.0))


def test_coarse_and_fine_show_the_same_place():
    fine = np.zeros((16, 16, 16), dtype=np.float32)
    fine[..., 8:12] = 1
    coarse = fine.reshape(4, 4, 4, 4, 4, 4).mean(axis=(1, 3, 5))
    volume = _volume(fine)
    panels = {"fine": volume, "coarse": Volume(coarse, volume.grid.with_shape((4, 4, 4)))}
    for fraction, value in ((0.51, 1), (0.7, 1), (0.76, 0), (0.49, 0), (0.0, 0), (1.0, 0)):
        slices = slice_panel(panels, "axial", fraction=fraction)
        assert {float(s.data.mean()) for s in slices.values()} == {value}
    assert slices["fine"].width == pytest.approx(slices["coarse"].width)


def test_volumes_of_different_places_are_refused():
    near = _bright("R")
    far = Volume(near.data, Grid(SHAPE, np.diag([2.0, 1.5, 2.0, 1.0])))
    with pytest.raises(GridError, match="'far' covers another field of view"):
        slice_panel({"near": near, "far": far}, "axial", fraction=0.5)
    with pytest.raises(SettingsError, match="0-1"):
        slice_panel({"near": near}, "axial", fraction=70)


def test_fractions_fall_inside_the_head():
    data = np.zeros((40, 40, 40), dtype=np.float32)
    data[4:14, 20:36, 22:38] = 5
    places = informative_fractions(_volume(data))
    assert len(places["axial"]) == 3
    assert all(22 / 40 < f < 38 / 40 for f in places["axial"])
    assert places["coronal"] == pytest.approx((0.7,))
    assert places["sagittal"] == pytest.approx((9 / 40,))
    places = informative_fractions(_volume(data), first="sagittal", count=5)
    assert [len(places[plane]) for plane in ("sagittal", "coronal", "axial")] == [5, 1, 1]


def test_an_empty_volume_has_no_informative_place():
    with pytest.raises(VolumeError):
        informative_fractions(_volume(np.zeros(SHAPE, dtype=np.float32)))


def _picture(data: np.ndarray) -> Slice:
    return Slice(data, 2.0 * data.shape[1], 1.0 * data.shape[0], ("R", "L", "A", "P"))


def test_the_detail_is_found_and_not_the_rim():
    rows, columns = np.mgrid[:100, :100]
    head = (rows - 50) ** 2 + (columns - 50) ** 2 < 45**2
    data = np.where(head, 100.0, 0.0)
    detail = head & (np.hypot(rows - 62, columns - 40) < 10)
    data[detail] += np.random.default_rng(0).normal(0, 30, detail.sum())
    box = detailed_box(_picture(data))
    assert box.left < 2 * 40 < box.left + box.width
    assert box.top < 62 < box.top + box.height


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_boxes_stay_inside_whatever_the_picture(value):
    picture = _picture(np.full((30, 50), value))
    for box in (detailed_box(picture), head_box(picture)):
        assert box.left >= 0
        assert box.top >= 0
        assert box.left + box.width <= picture.width
        assert box.top + box.height <= picture.height
    assert head_box(picture) == Box(0, 0, 100, 30)


def test_the_head_box_holds_the_head_and_little_air():
    data = np.zeros((100, 100))
    data[30:70, 40:60] = 1
    assert head_box(_picture(data), margin=0.05) == Box(70.0, 20.0, 60.0, 60.0)
