"""The registration finds known motion and refuses scans that do not belong together."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import nibabel
import numpy as np
import pytest

from crossres.registration import Registration, RigidTransform, register_rigid, similarity
from crossres.types import RegistrationError
from crossres.volume import Grid, Volume
from moved_heads import STORAGES, TRUTH, acquired, distance, grid_of, guide, rotated, target


@cache
def registered(kind: str) -> Registration:
    return register_rigid(guide(), to=target(kind))


@pytest.mark.parametrize("kind", ["same", "thick"])
def test_a_known_motion_is_found_to_0_1_mm(kind: str) -> None:
    found = registered(kind)
    assert distance(RigidTransform.identity(), TRUTH) > 5
    assert distance(found.transform, TRUTH) < 0.1
    assert found.inside is not None
    assert found.inside.residual_mm == 0
    assert 0.01 < found.inside.uncertainty_mm < 0.2
    assert found.similarity_after > found.similarity_before
    assert found.start == "headers"


def test_thick_slices_as_the_guide_are_registered_as_well() -> None:
    found = register_rigid(target("thick"), to=guide())
    assert distance(found.transform, TRUTH.inverse()) < 0.1


def test_the_same_seed_gives_the_same_transform_in_any_voxel_order() -> None:
    stored = guide().reordered(*STORAGES["PIR"])
    found = register_rigid(stored, to=target("thick").reordered(*STORAGES["LPS"]))
    assert distance(found.transform, registered("thick").transform) < 1e-6


def test_an_oblique_target_gives_the_same_transform() -> None:
    oblique = acquired(grid_of((2.0, 2.0, 4.0), angle=12), 1, TRUTH)
    assert distance(register_rigid(guide(), to=oblique).transform, TRUTH) < 0.3


def test_the_headers_stand_where_nothing_is_gained() -> None:
    aligned = acquired(grid_of(2.0), 1)
    found = register_rigid(guide(), to=aligned)
    assert similarity(aligned, guide()) > 1.02
    assert found.transform.is_identity
    assert found.similarity_after == found.similarity_before
    assert found.inside is not None
    assert found.inside.residual_mm < 0.1


def test_fields_of_view_apart_start_from_the_centres_with_a_warning() -> None:
    grid = guide().grid
    away = guide().with_data(
        guide().data, Grid(grid.shape, grid.affine + 400 * np.outer([1, 1, 1, 0], [0, 0, 0, 1]))
    )
    expected = RigidTransform(rotated(0, (1, 0, 0), (400, 400, 400)).matrix @ TRUTH.matrix)
    found = register_rigid(away, to=target("same"))
    assert distance(found.transform, expected) < 0.3
    assert found.start == "centres"
    (note,) = found.warnings
    assert "covers 0 % of the target's head" in note
    required = register_rigid(away, to=target("same"), start="centres")
    assert distance(required.transform, found.transform) < 1e-4
    assert (required.start, required.warnings) == ("centres", ())


def with_voxels(volume: Volume, value: float, count: int) -> Volume:
    """Return a scan with some voxels of its head set to a value."""
    head, data = np.flatnonzero(volume.data > 100), volume.data.copy()
    data.ravel()[np.random.default_rng(1).choice(head, count, replace=False)] = value
    return volume.with_data(data)


@pytest.mark.parametrize("value", [65535, -32768])
@pytest.mark.parametrize("where", ["guide", "target"])
def test_five_hot_or_negative_voxels_move_nothing(where: str, value: float) -> None:
    moved, still = guide(), target("thick")
    if where == "guide":
        moved = with_voxels(moved, value, 5)
    else:
        still = with_voxels(still, value, 5)
    found = register_rigid(moved, to=still)
    assert distance(found.transform, registered("thick").transform) < 0.02


def test_one_hot_voxel_in_a_hundred_moves_less_than_the_search_is_accurate() -> None:
    still = target("thick")
    hot = with_voxels(still, 65535, int(0.01 * np.count_nonzero(still.data > 100)))
    found = register_rigid(guide(), to=hot)
    assert distance(found.transform, registered("thick").transform) < 0.1
    assert distance(found.transform, TRUTH) < 0.3


@pytest.mark.parametrize("scale", [0.1, 3.0])
def test_a_head_of_another_size_is_registered_as_accurately_for_its_size(scale: float) -> None:
    def resized(volume: Volume) -> Volume:
        affine = np.diag([scale, scale, scale, 1.0]) @ volume.grid.affine
        return volume.with_data(volume.data, Grid(volume.shape, affine))

    found = register_rigid(resized(guide()), to=resized(target("thick")))
    assert found.plausible
    assert distance(found.transform.scaled(1 / scale), TRUTH) < 0.3


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
    assert stored["overlap"] == registered("thick").overlap
    assert RigidTransform.from_dict(stored["transform"]) == registered("thick").transform


def test_importing_does_not_load_simpleitk() -> None:
    code = "import sys, crossres.registration; sys.exit('SimpleITK' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def clinical(root: Path, subject: str, contrast: str) -> Volume:
    name = f"sub-{subject}_ses-1_{contrast}.nii.gz"
    image = nibabel.load(root / "clinical" / f"sub-{subject}" / "ses-1" / "anat" / name)
    return Volume(np.asarray(image.dataobj), Grid(image.shape, image.affine))


@pytest.mark.realdata
@pytest.mark.parametrize(("subject", "least_mm"), [("01", 0.3), ("04", 0.1), ("12", 2.0)])
def test_clinical_sessions_are_aligned(data_root: Path, subject: str, least_mm: float) -> None:
    t2 = clinical(data_root, subject, "T2w")
    found = register_rigid(clinical(data_root, subject, "T1w"), to=t2)
    assert found.inside is not None
    assert found.inside.local_correlation_after > found.inside.local_correlation_before
    assert found.inside.uncertainty_mm < 0.15
    assert least_mm < found.transform.displacement(t2.grid)[0] < 5
    assert found.overlap > 0.85


@pytest.mark.realdata
def test_a_guide_of_another_patient_is_refused(data_root: Path) -> None:
    with pytest.raises(RegistrationError):
        register_rigid(clinical(data_root, "04", "T1w"), to=clinical(data_root, "12", "T2w"))
