"""The registration: known motion is found, nonsense is refused, millimetres are kept."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crossres.registration import (
    Registration,
    RigidTransform,
    antialias_fwhm,
    distinctness,
    field_of_view,
    overlap,
    register_rigid,
    resample,
    similarity,
)
from crossres.types import RegistrationError, VolumeError
from crossres.volume import Grid, Volume

Points = NDArray[np.float64]

FOV_MM = np.array([128.0, 152.0, 120.0])
HEAD_MM = np.array([50.0, 62.0, 46.0])
STORAGES = {
    "RAS": ((0, 1, 2), (False, False, False)),
    "LAS": ((0, 1, 2), (True, False, False)),
    "LPS": ((0, 1, 2), (True, True, False)),
    "PIR": ((1, 2, 0), (True, True, False)),
}


def turned(degrees: float, axis: tuple[float, ...], shift: tuple[float, ...]) -> RigidTransform:
    matrix = np.eye(4)
    direction = np.array(axis) / np.linalg.norm(axis)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * direction).as_matrix()
    matrix[:3, 3] = shift
    return RigidTransform(matrix)


TRUTH = turned(5, (1, 2, -1.5), (3, -3, 2.65))


def grid_of(spacing: float | tuple[float, ...], turn: float = 0) -> Grid:
    """Return a grid over the phantom's field of view, optionally turned about the origin."""
    affine = np.eye(4)
    affine[:3, 3] = -FOV_MM / 2 + 0.5
    shape = (int(FOV_MM[0]), int(FOV_MM[1]), int(FOV_MM[2]))
    rotation = turned(turn, (1, 1, 1), (0, 0, 0)).matrix
    return Grid(shape, rotation @ affine).with_spacing(spacing)


def points_of(grid: Grid) -> Points:
    indices = np.indices(grid.shape).reshape(3, -1).T
    return indices @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def head_points() -> Points:
    points = points_of(grid_of(8))
    return points[np.linalg.norm(points / HEAD_MM, axis=1) < 1]


def scene(points: Points, contrast: int, person: int = 0) -> Points:
    """Return a lopsided head: folds that both contrasts show, each in its own way."""
    rng = np.random.default_rng(person)
    directions = rng.normal(size=(12, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    waves = directions * (2 * np.pi / rng.uniform(12, 45, (12, 1)))
    tissue = np.cos(points @ waves.T + rng.uniform(0, 2 * np.pi, 12)).sum(axis=1) / 2
    shade = (
        0.3 + 0.6 / (1 + np.exp(-3 * tissue)) if contrast == 0 else 0.6 + 0.3 * np.cos(2 * tissue)
    )
    depth_mm = (1 - np.linalg.norm(points / HEAD_MM, axis=1)) * HEAD_MM.min()
    return 1000 * shade / (1 + np.exp(-np.clip(depth_mm, -30, 30)))


def acquired(
    grid: Grid, contrast: int, transform: RigidTransform | None = None, person: int = 0
) -> Volume:
    """Return a noisy image of the scene; thick slices average over their Gaussian profile."""
    points = (transform or RigidTransform.identity()).apply
    slice_axis = grid.affine[:3, 2] / grid.spacing[2]
    offsets = np.linspace(-1, 1, 5) * grid.spacing[2] if grid.spacing[2] > 3 else np.zeros(1)
    weights = np.exp(-4 * np.log(2) * (offsets / grid.spacing[2]) ** 2)
    image = sum(
        weight * scene(points(points_of(grid) + offset * slice_axis), contrast, person)
        for weight, offset in zip(weights / weights.sum(), offsets, strict=True)
    )
    noise = np.random.default_rng(contrast).normal(0, 15, grid.shape)
    return Volume(np.abs(np.reshape(image, grid.shape) + noise), grid)


@cache
def guide() -> Volume:
    """The T1-like head, where its own world says."""
    return acquired(grid_of(2.0), 0)


@cache
def target(kind: str) -> Volume:
    """The T2-like head of the same person, moved: its point x is the guide's TRUTH x."""
    spacing = {"same": (2.0, 2.0, 2.0), "thick": (1.5, 1.5, 4.0)}[kind]
    return acquired(grid_of(spacing), 1, TRUTH)


@cache
def registered(kind: str) -> Registration:
    return register_rigid(guide(), to=target(kind))


def distance(found: RigidTransform, wanted: RigidTransform) -> float:
    """Return the mean distance over the head in mm."""
    points = head_points()
    return float(np.linalg.norm(found.apply(points) - wanted.apply(points), axis=1).mean())


# The transform -----------------------------------------------------------------------------------


def test_angle_and_translation_are_those_given() -> None:
    for degrees in (0.0, 1e-4, 5.0, 90.0, 179.0, 180.0):
        assert turned(degrees, (1, 2, 3), (1, 2, 3)).angle_degrees == pytest.approx(degrees)
    assert TRUTH.translation_mm == pytest.approx((3, -3, 2.65))


def test_inverse_undoes_and_the_identity_does_nothing() -> None:
    points = head_points()
    np.testing.assert_allclose(TRUTH.inverse().apply(TRUTH.apply(points)), points, atol=1e-9)
    assert RigidTransform.identity().is_identity
    assert not TRUTH.is_identity
    assert RigidTransform.identity().displacement(grid_of(4)) == (0, 0)


def test_displacement_of_a_shift_is_its_length_and_of_a_turn_greatest_at_a_corner() -> None:
    shift = turned(0, (1, 0, 0), (3, 4, 0))
    assert shift.displacement(grid_of(4)) == pytest.approx((5, 5))
    moved = np.linalg.norm(TRUTH.apply(points_of(grid_of(4))) - points_of(grid_of(4)), axis=1)
    mean, most = TRUTH.displacement(grid_of(4))
    assert mean == pytest.approx(moved.mean(), rel=0.01)
    assert most == pytest.approx(moved.max())


def test_a_transform_survives_a_sidecar() -> None:
    assert RigidTransform.from_dict(TRUTH.to_dict()) == TRUTH


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    "matrix",
    [np.eye(3), np.full((4, 4), np.nan), np.diag([2.0, 1, 1, 1]), np.diag([-1.0, 1, 1, 1])],
    ids=["3x3", "nan", "scales", "mirrors"],
)
def test_only_rigid_matrices_are_taken(matrix: NDArray[np.float64]) -> None:
    with pytest.raises(RegistrationError):
        RigidTransform(matrix)


def test_a_transform_of_another_convention_is_refused() -> None:
    with pytest.raises(RegistrationError, match="convention"):
        RigidTransform.from_dict({"matrix": np.eye(4).tolist(), "convention": "LPS"})


# Resampling --------------------------------------------------------------------------------------


def test_the_same_grid_is_copied_exactly() -> None:
    assert np.array_equal(resample(guide(), guide().grid).data, guide().data)


@pytest.mark.parametrize("storage", STORAGES)
def test_another_voxel_order_only_moves_voxels(storage: str) -> None:
    stored = guide().reordered(*STORAGES[storage])
    np.testing.assert_allclose(resample(stored, guide().grid).data, guide().data, atol=0.02)


def test_a_moved_image_is_the_scene_seen_through_the_transform_in_any_voxel_order() -> None:
    fine, grid = grid_of(2.0), grid_of(4.0, turn=10)
    wanted = scene(TRUTH.apply(points_of(grid)), 0).reshape(grid.shape)
    clean = Volume(scene(points_of(fine), 0).reshape(fine.shape), fine)
    inside = field_of_view(fine, grid, TRUTH)
    found = [
        resample(clean.reordered(*order), grid, TRUTH, interpolation="cubic").data
        for order in STORAGES.values()
    ]
    assert np.corrcoef(found[0][inside], wanted[inside])[0, 1] > 0.99
    assert (found[0][~inside] == 0).all()
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=0.02)


def test_the_field_of_view_reaches_the_voxel_edges() -> None:
    coarse = Grid((4, 4, 4), np.diag([2.0, 2, 2, 1]))
    ones = Volume(np.ones(coarse.shape), coarse)
    np.testing.assert_allclose(resample(ones, coarse.refined(4)).data, 1, rtol=1e-6)
    beyond = Grid((6, 1, 1), np.eye(4) + np.eye(4, 4, 3) * [[5.1], [0], [0], [0]])
    assert resample(ones, beyond).data.ravel().tolist() == pytest.approx([1, 1, 0, 0, 0, 0])


def test_values_stay_within_the_input_range() -> None:
    step = np.zeros((12, 12, 12), dtype=np.float32)
    step[6:] = 100
    grid = Grid(step.shape, np.eye(4))
    fine = resample(Volume(step, grid), grid.refined(3))
    assert fine.data.min() == 0
    assert fine.data.max() == 100


def test_the_blur_is_the_difference_of_the_point_spreads() -> None:
    fine, still = grid_of(1.0), RigidTransform.identity()
    thick = grid_of((1.0, 2.0, 4.0))
    assert antialias_fwhm(fine, thick, still) == pytest.approx((0, 3**0.5, 15**0.5))
    assert antialias_fwhm(thick, fine, still) == (0, 0, 0)
    quarter = turned(90, (1, 0, 0), (0, 0, 0))
    assert antialias_fwhm(fine, thick, quarter) == pytest.approx((0, 15**0.5, 3**0.5))


def test_the_blur_has_the_width_in_mm_that_is_stated() -> None:
    shape, grid = (1, 1, 160), Grid((1, 1, 160), np.diag([1.0, 1, 0.5, 1]))
    line = np.zeros(shape)
    line[0, 0, 80] = 1
    shifted = [
        resample(Volume(np.roll(line, n, axis=2), grid), grid.coarsened((1, 1, 8))).data[0, 0, 10]
        for n in range(-24, 25)
    ]
    positions = 0.5 * np.arange(-24, 25)
    centre = np.average(positions, weights=shifted)
    sigma = np.sqrt(np.average((positions - centre) ** 2, weights=shifted))
    assert sigma * 8**0.5 * np.log(2) ** 0.5 == pytest.approx((4**2 - 0.5**2) ** 0.5, rel=0.02)


def test_stripes_finer_than_the_grid_leave_no_alias() -> None:
    stripes = np.zeros((4, 4, 160), dtype=np.float32)
    stripes[..., ::3] = 90
    grid = Grid(stripes.shape, np.eye(4))
    coarse = resample(Volume(stripes, grid), grid.coarsened((1, 1, 4))).data[..., 4:-4]
    assert coarse.std() < 0.02 * coarse.mean()


def test_nan_is_refused() -> None:
    data = np.full((4, 4, 4), np.nan)
    grid = Grid(data.shape, np.eye(4))
    with pytest.raises(VolumeError, match="NaN"):
        resample(Volume(data, grid), grid.coarsened(2))


# Similarity --------------------------------------------------------------------------------------


def test_similarity_is_greatest_where_the_heads_agree() -> None:
    aligned = similarity(target("same"), guide(), TRUTH)
    for shift in ((4, 0, 0), (0, 4, 0), (0, 0, 4)):
        moved = RigidTransform(turned(0, (1, 0, 0), shift).matrix @ TRUTH.matrix)
        assert similarity(target("same"), guide(), moved) < aligned
    assert 1 < aligned < similarity(guide(), guide()) <= 2


def test_noise_is_like_nothing() -> None:
    noise = guide().with_data(np.random.default_rng(0).uniform(1, 2, guide().grid.shape))
    assert similarity(target("same"), noise) == pytest.approx(1, abs=2e-3)


def test_fine_structure_tells_one_person_from_two() -> None:
    own = distinctness(target("same"), guide(), TRUTH)
    someone_else = acquired(grid_of(2.0), 1, TRUTH, person=1)
    assert abs(distinctness(someone_else, guide(), TRUTH)) < 0.2 * own


def test_similarity_does_not_depend_on_intensity_scale() -> None:
    scaled = guide().with_data(guide().data * 37)
    assert similarity(target("same"), scaled) == pytest.approx(
        similarity(target("same"), guide()), abs=1e-3
    )


def test_overlap_is_the_part_of_the_head_that_is_seen() -> None:
    half = Grid((64, 76, 30), guide().grid.affine)
    slab = guide().with_data(guide().data[:, :, :30], half)
    assert overlap(guide(), guide()) == 1
    assert overlap(guide(), slab) == pytest.approx(0.5, abs=0.02)
    assert overlap(guide(), guide(), turned(0, (1, 0, 0), (500, 0, 0))) == 0


# Registration ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["same", "thick"])
def test_a_known_motion_is_found_to_0_3_mm(kind: str) -> None:
    found = registered(kind)
    assert distance(RigidTransform.identity(), TRUTH) > 5
    assert distance(found.transform, TRUTH) < 0.3
    assert found.similarity_after > found.similarity_before
    assert found.start == "headers"


def test_thick_slices_as_the_guide_are_registered_as_well() -> None:
    found = register_rigid(target("thick"), to=guide())
    assert distance(found.transform, TRUTH.inverse()) < 0.3


def test_the_same_seed_gives_the_same_transform_in_any_voxel_order() -> None:
    stored = guide().reordered(*STORAGES["PIR"])
    found = register_rigid(stored, to=target("thick").reordered(*STORAGES["LPS"]))
    assert distance(found.transform, registered("thick").transform) < 1e-6


def test_an_oblique_target_gives_the_same_transform() -> None:
    oblique = acquired(grid_of((2.0, 2.0, 4.0), turn=12), 1, TRUTH)
    assert distance(register_rigid(guide(), to=oblique).transform, TRUTH) < 0.3


def test_the_headers_stand_where_nothing_is_gained() -> None:
    aligned = acquired(grid_of(2.0), 1)
    found = register_rigid(guide(), to=aligned)
    assert similarity(aligned, guide()) > 1.02
    assert found.transform.is_identity
    assert found.similarity_after == found.similarity_before


def test_fields_of_view_apart_are_refused_and_centres_are_the_remedy() -> None:
    grid = guide().grid
    away = guide().with_data(
        guide().data, Grid(grid.shape, grid.affine + 400 * np.outer([1, 1, 1, 0], [0, 0, 0, 1]))
    )
    with pytest.raises(RegistrationError, match=r"covers 0%.*centres"):
        register_rigid(away, to=target("same"))
    found = register_rigid(away, to=target("same"), start="centres")
    wanted = RigidTransform(turned(0, (1, 0, 0), (400, 400, 400)).matrix @ TRUTH.matrix)
    assert distance(found.transform, wanted) < 0.3


def test_images_with_nothing_in_common_are_refused() -> None:
    noise = np.random.default_rng(0).normal(500, 50, guide().grid.shape) * (guide().data > 100)
    with pytest.raises(RegistrationError, match="too little in common"):
        register_rigid(guide().with_data(noise), to=target("same"))


def test_flat_images_and_too_few_slices_are_refused() -> None:
    flat = guide().with_data(np.ones(guide().grid.shape))
    with pytest.raises(RegistrationError, match="constant"):
        register_rigid(flat, to=target("same"))
    grid = Grid((64, 76, 2), guide().grid.affine)
    with pytest.raises(RegistrationError, match="at least 4 voxels"):
        register_rigid(guide(), to=guide().with_data(guide().data[:, :, :2], grid))


def test_a_registration_is_written_with_its_numbers() -> None:
    stored = registered("thick").to_dict()
    assert stored["angle_degrees"] == pytest.approx(5, abs=0.5)
    assert RigidTransform.from_dict(stored["transform"]) == registered("thick").transform


def test_importing_does_not_load_simpleitk() -> None:
    code = "import sys, crossres.registration; sys.exit('SimpleITK' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Real scans --------------------------------------------------------------------------------------


def clinical(root: Path, subject: str, contrast: str) -> Volume:
    name = f"sub-{subject}_ses-1_{contrast}.nii.gz"
    image = nibabel.load(root / "clinical" / f"sub-{subject}" / "ses-1" / "anat" / name)
    return Volume(np.asarray(image.dataobj), Grid(image.shape, image.affine))


@pytest.mark.realdata
@pytest.mark.parametrize(("subject", "least_mm"), [("01", 0.3), ("04", 0.3), ("12", 2.0)])
def test_clinical_sessions_are_aligned(data_root: Path, subject: str, least_mm: float) -> None:
    t2 = clinical(data_root, subject, "T2w")
    found = register_rigid(clinical(data_root, subject, "T1w"), to=t2)
    assert found.similarity_after > found.similarity_before + 0.005
    assert least_mm < found.transform.displacement(t2.grid)[0] < 5
    assert found.overlap > 0.85


@pytest.mark.realdata
def test_a_guide_of_another_patient_is_refused(data_root: Path) -> None:
    with pytest.raises(RegistrationError):
        register_rigid(clinical(data_root, "04", "T1w"), to=clinical(data_root, "12", "T2w"))
