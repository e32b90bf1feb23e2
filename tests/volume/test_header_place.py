"""Of the two places of a NIfTI header one is used, and what contradicts it is named."""

from collections.abc import Callable

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from crossres.types import GridError, Space, Trust
from crossres.volume import Grid
from crossres.volume.header_place import place_of

SHAPE = (60, 64, 20)
AFFINE = np.array([[-0.9, 0, 0, 28], [0, 0.9, 0, -30], [0, 0, 4, -40], [0, 0, 0, 1.0]])


def header(sform: int = 1, qform: int = 1) -> nib.Nifti1Header:
    """Return a header that states the same place twice, with these codes."""
    made = nib.Nifti1Header()
    made.set_data_shape(SHAPE)
    made.set_sform(AFFINE, sform)
    made.set_qform(AFFINE, qform)
    made.set_xyzt_units("mm")
    return made


def moved(x: float = 0, degrees: float = 0) -> np.ndarray:
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    turn[0, 3] = x
    return turn @ AFFINE


@pytest.mark.parametrize(
    ("sform", "qform", "space"),
    [(1, 1, "scanner"), (4, 1, "mni"), (0, 3, "talairach"), (2, 0, "aligned"), (5, 5, "aligned")],
)
def test_forms_that_agree_give_no_note(sform: int, qform: int, space: Space) -> None:
    for trust in (None, "sform", "qform"):
        place = place_of(header(sform, qform), SHAPE, trust)  # type: ignore[arg-type]
        assert place.grid.is_close(Grid(SHAPE, AFFINE), tolerance=1e-3)
        assert place.notes == ()
    assert place_of(header(sform, qform), SHAPE).space == space


@given(angles=st.tuples(*[st.floats(-180, 180)] * 3), spacing=st.floats(0.5, 5))
def test_rounding_of_quaternions_is_no_contradiction(
    angles: tuple[float, float, float], spacing: float
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * spacing
    affine[:3, 3] = -80, 90, 30
    made = header()
    made.set_sform(affine, 1)
    made.set_qform(affine, 1)
    assert place_of(made, SHAPE).notes == ()


def test_voxel_sizes_of_three_digits_are_no_contradiction() -> None:
    made = header(qform=0)
    made["pixdim"][1:3] = 0.902
    assert place_of(made, SHAPE).notes == ()


@pytest.mark.parametrize("trust", [None, "sform"])
def test_axes_that_are_not_at_right_angles_are_named(trust: Trust | None) -> None:
    sheared = AFFINE.copy()
    sheared[0, 2] = 0.4
    made = header(qform=0)
    made.set_sform(sheared, 1)
    made["pixdim"][1:4] = np.linalg.norm(sheared[:3, :3], axis=0)
    place = place_of(made, SHAPE, trust)
    assert place.grid.is_close(Grid(SHAPE, sheared), tolerance=1e-3)
    (note,) = place.notes
    assert "has a sheared sform: its axes are 5.7 degrees off right angles" in note


def test_a_small_turn_of_a_small_image_is_named() -> None:
    made = header()
    made.set_qform(moved(degrees=0.3), 1)
    (note,) = place_of(made, (6, 6, 4)).notes
    assert "differ by up to 0.2" in note


@pytest.mark.parametrize("affine", [moved(x=0.45), moved(x=0.1), moved(x=-70), moved(degrees=1)])
def test_forms_that_differ_are_named_with_the_one_in_use(affine: np.ndarray) -> None:
    made = header(sform=4)
    made.set_qform(affine, 1)
    place = place_of(made, SHAPE)
    assert place.grid.is_close(Grid(SHAPE, AFFINE), tolerance=1e-3)
    (note,) = place.notes
    for words in ("sform (code 4", "qform (code 1", "differ by up to", "the sform is used; choose"):
        assert words in note
    for trust, expected in (("sform", AFFINE), ("qform", affine)):
        trusted = place_of(made, SHAPE, trust)  # type: ignore[arg-type]
        assert trusted.notes == ()
        assert trusted.grid.is_close(Grid(SHAPE, expected), tolerance=1e-2)


def zero_sform(made: nib.Nifti1Header) -> None:
    made["srow_x"] = made["srow_y"] = made["srow_z"] = 0


def far_sform(made: nib.Nifti1Header) -> None:
    made["srow_z"][3] = 2e4


def long_quaternion(made: nib.Nifti1Header) -> None:
    made["quatern_b"] = made["quatern_c"] = 0.9


@pytest.mark.parametrize(
    ("damage", "bad", "good"),
    [
        (zero_sform, "sform", "qform"),
        (far_sform, "sform", "qform"),
        (long_quaternion, "qform", "sform"),
    ],
)
def test_an_unusable_form_leaves_the_other(
    damage: Callable[[nib.Nifti1Header], None], bad: Trust, good: Trust
) -> None:
    made = header()
    damage(made)
    place = place_of(made, SHAPE)
    assert place.grid.is_close(Grid(SHAPE, AFFINE), tolerance=1e-3)
    assert f"unusable {bad}" in place.notes[0]
    assert f"its {good} is used" in place.notes[0]
    assert place_of(made, SHAPE, good).notes == ()
    with pytest.raises(GridError, match=rf"its {bad}, which `trust` requires, is unusable"):
        place_of(made, SHAPE, bad)
    made[f"{good}_code"] = 0
    with pytest.raises(GridError, match=f"its {bad} is unusable.*repair"):
        place_of(made, SHAPE)


def test_columns_of_length_1_against_the_voxel_sizes_are_named() -> None:
    made = header(qform=0)
    made.set_sform(np.diag([1.0, 1, 1, 1]), 2)
    (note,) = place_of(made, SHAPE).notes
    assert "voxels of 1 x 1 x 1 mm, but pixdim states 0.9 x 0.9 x 4 mm" in note
    assert place_of(made, SHAPE, "sform").notes == ()
    assert len(place_of(made, SHAPE, "qform").notes) == 1  # it has none


@pytest.mark.parametrize(
    ("unit", "size", "expected"), [(1, 0.0009, 0.9), (3, 900.0, 0.9), (0, 0.9, 0.9)]
)
def test_units_come_before_what_is_plausible(unit: int, size: float, expected: float) -> None:
    made = header(0, 1)
    made["pixdim"][1:4] = size
    made["qoffset_x"] = made["qoffset_y"] = made["qoffset_z"] = 0
    made["xyzt_units"] = unit
    assert place_of(made, SHAPE).grid.spacing == pytest.approx((expected,) * 3)


@pytest.mark.parametrize(("size", "unit"), [(0.9, 1), (0.9, 3), (0.005, 2), (150, 2)])
def test_voxels_that_no_scanner_makes_are_refused(size: float, unit: int) -> None:
    for codes in ((0, 1), (0, 0)):
        made = header(*codes)
        made["pixdim"][1:4] = size
        made["xyzt_units"] = unit
        with pytest.raises(GridError, match=r"plausible are 0\.01 to 100 mm"):
            place_of(made, SHAPE)


def test_codes_of_0_state_no_place() -> None:
    place = place_of(header(0, 0), SHAPE, "qform")
    assert place.space == "unknown"
    assert place.grid.centre == pytest.approx((0, 0, 0))
    assert "left and right are not known" in place.notes[0]


@pytest.mark.parametrize("name", ["sform_code", "qform_code"])
@pytest.mark.parametrize("code", [-1, 6, 300])
def test_codes_beyond_the_standard_are_refused(name: str, code: int) -> None:
    made = header()
    made[name] = code
    with pytest.raises(GridError, match=f"{name} is {code}"):
        place_of(made, SHAPE)
