"""The guide arrives on the fine grid, aligned with the target, or is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.registration import (
    Registration,
    RigidTransform,
    align,
    resample,
    resample_within_mask,
)
from crossres.registration.normalisation import normalise
from crossres.registration.shared_mask import RIM_MM
from crossres.types import GridError, RegistrationError
from crossres.volume import Background, Grid, Volume, fine_grid


def grid(spacing: tuple[float, float, float], extent: float = 48.0) -> Grid:
    shape = tuple(round(extent / d) for d in spacing)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = (np.array(spacing) - extent) / 2
    return Grid((shape[0], shape[1], shape[2]), affine)


def head(on: Grid, seed: int = 0) -> Volume:
    """Return an image of short waves on a ball, the same scene on every grid."""
    rng = np.random.default_rng(seed)
    index = np.indices(on.shape).reshape(3, -1).T
    points = index @ on.affine[:3, :3].T + on.affine[:3, 3]
    waves = sum(np.cos(points @ rng.normal(0, 0.6, 3) + rng.uniform(0, 6)) for _ in range(12))
    inside = np.linalg.norm(points, axis=1) < 22
    return Volume(np.where(inside, 500 + 60 * waves, 0).reshape(on.shape), on)


def test_without_a_guide_there_is_nothing_to_align() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    paired = align(target, None, fine)
    assert (paired.pair.guide, paired.registration, paired.warnings) == (None, None, ())


def test_a_guide_on_the_fine_grid_is_kept_as_it_is() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    guide = head(fine)
    paired = align(target, guide, fine, register=False)
    assert paired.pair.guide is not None
    assert np.array_equal(paired.pair.guide.data, guide.data)
    assert paired.warnings == ()


def test_an_aligned_guide_is_not_moved_by_registration() -> None:
    target = head(grid((2.0, 2.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    paired = align(target, head(fine), fine)
    assert paired.registration is not None
    mean, _ = paired.registration.transform.displacement(fine)
    assert mean < 0.5


@pytest.mark.parametrize("shared", [True, False])
def test_the_rim_of_a_shared_mask_stays_when_the_guide_is_moved(
    shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = head(grid((2.0, 2.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    guide = head(fine)
    matrix = np.eye(4)
    matrix[0, 3] = 2.0
    found = Registration(RigidTransform(matrix), 1.1, 1.2, 0.1, 1.0, "headers", 5)
    monkeypatch.setattr("crossres.registration.alignment.register_rigid", lambda *_, **__: found)
    monkeypatch.setattr("crossres.registration.alignment.share_mask", lambda *_: shared)
    paired = align(target, guide, fine)
    expected = resample(guide, fine, found.transform)
    if shared:
        rim = RIM_MM * normalise(guide, target).scale
        expected = resample_within_mask(guide, fine, found.transform, rim=rim)
    assert paired.pair.guide is not None
    np.testing.assert_array_equal(paired.pair.guide.data, expected.data)
    assert paired.rim_kept == shared


def test_a_guide_that_is_not_moved_has_no_rim_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossres.registration.alignment.share_mask", lambda *_: True)
    target = head(grid((2.0, 2.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    assert not align(target, head(fine), fine, register=False).rim_kept


def test_a_guide_coarser_than_the_target_is_refused() -> None:
    target = head(grid((2.0, 2.0, 4.0)))
    fine = fine_grid(target.grid, factor=(2,))
    with pytest.raises(GridError, match="coarser than the target"):
        align(target, head(grid((3.0, 1.0, 1.0))), fine, register=False)


def test_a_guide_coarse_only_where_nothing_changes_is_accepted() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    assert align(target, head(grid((2.0, 2.0, 6.0))), fine, register=False).warnings == ()


def test_a_guide_in_another_order_of_axes_is_compared_in_the_world() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    guide = head(grid((2.0, 2.0, 2.0))).reordered((2, 0, 1), (True, False, False))
    assert align(target, guide, fine, register=False).warnings == ()
    wide = head(grid((3.0, 2.0, 2.0))).reordered((2, 0, 1), (True, False, False))
    (note,) = align(target, wide, fine, register=False).warnings
    assert "along i:" in note


def test_a_guide_between_the_grids_is_accepted_with_a_warning() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(4,))
    (note,) = align(target, head(grid((2.0, 2.0, 2.0))), fine, register=False).warnings
    assert "below 2.00 mm" in note


def blurred(volume: Volume, fwhm: float, axis: int) -> Volume:
    """Return an image whose voxels are smaller than what it resolves."""
    sigma = [0.0, 0.0, 0.0]
    sigma[axis] = fwhm / volume.spacing[axis] / np.sqrt(8 * np.log(2))
    return volume.with_data(ndimage.gaussian_filter(volume.data, sigma))


@pytest.mark.parametrize(("axis", "finer"), [(0, True), (2, False)])
def test_what_the_guide_resolves_counts_along_axes_that_get_finer(axis: int, finer: bool) -> None:
    """Blur to 5 mm of 1 mm voxels, on a target of 2 x 2 x 4 mm that gets finer in the plane."""
    _, truth = make_pair(3, shape=(128, 136, 72), spacing=1.0)
    target = degrade(truth, truth.grid.coarsened((2, 2, 4)))
    fine = target.grid.refined((2, 2, 1))
    assert not align(target, truth, fine, register=False).warnings
    found = align(target, blurred(truth, 5.0, axis), fine, register=False)
    assert found.detail is not None
    assert found.detail[axis] == pytest.approx(5.0, rel=0.2)
    *detail, blur = found.warnings
    width = f"{found.detail[axis]:.2f}"
    expected = f"detail below {width} mm is inferred without guidance along i: the guide does not"
    assert [note.startswith(expected) for note in detail] == [True] * finer
    assert "the guide resolves" in blur


def test_one_warning_is_given_for_all_axes() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    guide = head(grid((2.0, 3.0, 8.0)))
    found = align(target, guide, fine_grid(target.grid, factor=(4,)), register=False)
    (note,) = found.warnings
    assert note.startswith("detail below 3.00 mm is inferred without guidance along i and j")


def test_a_guide_is_refused_by_its_voxels_alone() -> None:
    """What it resolves is an estimate: coarser than the target, it is a warning."""
    _, truth = make_pair(3, shape=(128, 136, 24), spacing=1.0)
    target = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    guide = blurred(truth, 5.0, 0)
    found = align(target, guide, truth.grid, register=False)
    assert found.detail is not None
    assert found.detail[0] > 2 * target.spacing[0]
    with pytest.raises(GridError, match=r"coarser than the target along axis i \(4.00 mm"):
        align(target, degrade(guide, truth.grid.coarsened((4, 1, 1))), truth.grid, register=False)


@pytest.mark.parametrize(
    ("target_is", "guide_is", "apart"),
    [
        ({"frame": "1.2"}, {"frame": "1.3"}, True),
        ({"frame": "1.2"}, {"frame": "1.2"}, False),
        ({"frame": "1.2"}, {}, False),
        ({"space": "scanner"}, {"space": "mni"}, True),
        ({"space": "talairach"}, {"space": "mni"}, True),
        ({"space": "aligned"}, {"space": "mni"}, False),
        ({"space": "unknown"}, {"space": "scanner"}, False),
    ],
)
def test_headers_of_two_spaces_give_a_warning(
    target_is: dict[str, Any], guide_is: dict[str, Any], apart: bool
) -> None:
    target = replace(head(grid((4.0, 4.0, 2.0))), **target_is)
    fine = fine_grid(target.grid, factor=(2,))
    guide = replace(head(fine), **guide_is)
    warnings = align(target, guide, fine, register=False).warnings
    assert [text[:45] for text in warnings] == [
        "headers do not share a frame of reference; wi"
    ] * apart
    assert align(target, guide, fine).warnings == ()
    moved = resample(guide, fine, RigidTransform.identity())
    assert align(target, moved, fine, register=False).warnings == ()


def test_a_guide_in_another_place_is_found_from_the_centres_of_the_heads() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    affine = fine.affine.copy()
    affine[1, 3] += 300
    aligned = align(target, Volume(head(fine).data, Grid(fine.shape, affine)), fine)
    assert aligned.registration is not None
    np.testing.assert_allclose(aligned.registration.transform.translation_mm, (0, 300, 0), atol=0.3)
    assert aligned.pair.guide is not None
    assert aligned.pair.guide.grid == fine
    assert np.corrcoef(aligned.pair.guide.data.ravel(), head(fine).data.ravel())[0, 1] > 0.99
    (note,) = aligned.warnings
    assert "the guide covers 0 % of the target's head" in note


def test_a_guide_in_another_place_is_refused_without_registration() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    affine = fine.affine.copy()
    affine[1, 3] += 300
    guide = Volume(head(fine).data, Grid(fine.shape, affine))
    with pytest.raises(RegistrationError, match=r"covers 0 %.*`register=True`"):
        align(target, guide, fine, register=False)


def test_a_registration_that_fails_names_the_parameter_that_trusts_the_headers() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    thin = Volume(head(fine).data[:, :, :3], Grid((*fine.shape[:2], 3), fine.affine))
    with pytest.raises(RegistrationError, match=r"at least 4 voxels.*`register=False`"):
        align(target, thin, fine)


@pytest.mark.parametrize("value", [65535, -32768])
def test_hot_voxels_leave_the_coverage_by_the_headers_alone(value: float) -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    data = target.data.copy()
    data.ravel()[np.random.default_rng(0).choice(data.size, 5)] = value
    assert align(target.with_data(data), head(fine), fine, register=False).warnings == ()


def test_a_guide_of_part_of_the_head_is_accepted_with_a_warning() -> None:
    target = head(grid((4.0, 4.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    part = head(fine)
    guide = Volume(part.data[:, :, :14], Grid((*fine.shape[:2], 14), fine.affine))
    (note,) = align(target, guide, fine, register=False).warnings
    assert "unguided" in note


@pytest.mark.parametrize("offset", [-1024, 1000])
def test_the_offset_of_the_guide_does_not_matter_and_is_warned_of(offset: int) -> None:
    target = head(grid((2.0, 2.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    # The guide covers less than the target: what lies beyond it is air, not 0.
    guide = head(grid((1.5, 1.5, 2.0), extent=45.0))
    plain, moved = (align(target, guide.with_data(guide.data + each), fine) for each in (0, offset))
    assert plain.registration is not None
    assert moved.registration is not None
    assert plain.pair.guide is not None
    assert moved.pair.guide is not None
    found = [one.transform.matrix for one in (plain.registration, moved.registration)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-3)
    assert np.abs(moved.pair.guide.data - plain.pair.guide.data).max() < 0.5
    assert moved.guide_background == Background(float(offset))
    assert set(moved.warnings) - set(plain.warnings) == {
        f"the background of the guide is {offset}, not 0: it was subtracted for the computation "
        "and added again"
    }


def test_padding_of_either_scan_moves_nothing() -> None:
    target = head(grid((2.0, 2.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    guide = head(fine)
    plain = align(target, guide, fine)
    target, guide = (
        one.with_data(np.where(one.data == 0, -32768, one.data)) for one in (target, guide)
    )
    padded = align(target, guide, fine)
    assert plain.pair.guide is not None
    assert padded.pair.guide is not None
    assert np.array_equal(padded.pair.guide.data, plain.pair.guide.data)
    assert padded.pair.target is target


def test_a_known_motion_needs_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    target = head(grid((2.0, 2.0, 2.0)))
    fine = fine_grid(target.grid, factor=(2,))
    guide = head(fine)
    matrix = np.eye(4)
    matrix[0, 3] = 2.0
    motion = RigidTransform(matrix)
    place = "crossres.registration.alignment.register_rigid"
    found = Registration(motion, 1.0, 1.0, 1.0, 1.0, "headers", 0)
    monkeypatch.setattr(place, lambda *_, **__: found)
    searched = align(target, guide, fine)
    monkeypatch.setattr(place, lambda *_, **__: pytest.fail("searched"))
    known = align(target, guide, fine, transform=motion)
    assert known.registration is None
    assert searched.pair.guide is not None
    assert known.pair.guide is not None
    np.testing.assert_array_equal(known.pair.guide.data, searched.pair.guide.data)
    assert not np.allclose(known.pair.guide.data, guide.data)
