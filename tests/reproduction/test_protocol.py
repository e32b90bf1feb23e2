"""Folds of training and test subjects; degraded scans and guides with an alignment error."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossres.registration import Aligned
from crossres.reproduction import folds, phantom_subjects, protocol
from crossres.reproduction.aligned import align_once
from crossres.reproduction.protocol import centre, fold, misregistered, simulate_subject
from crossres.reproduction.simulated import every_slice
from crossres.reproduction.subjects import Subject, volumes
from crossres.types import FileFormatError
from crossres.volume import Grid, Volume


@pytest.fixture
def guide() -> Volume:
    """Return noise on a grid of 2 mm whose corner is anywhere."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-7, 3, 1)
    shape = (9, 8, 7)
    return Volume(np.random.default_rng(0).random(shape).astype(np.float32), Grid(shape, affine))


def numbered(count: int) -> list[Subject]:
    return [Subject(f"sub-{n:02d}", seed=n) for n in range(1, count + 1)]


def test_fold_1_of_20_tests_every_fourth() -> None:
    assert folds(numbered(20))[0] == ["sub-04", "sub-08", "sub-12", "sub-16", "sub-20"]


@pytest.mark.parametrize("count", [4, 5, 7, 20, 22])
def test_folds_test_each_subject_once(count: int) -> None:
    tested = folds(numbered(count))
    assert len(tested) == 4
    assert all(tested)
    assert sorted(name for fold in tested for name in fold) == [s.name for s in numbered(count)]


def test_test_subjects_are_never_training_subjects() -> None:
    train, test = fold(phantom_subjects(9), 0)
    assert [s.name for s in test] == ["phantom-04", "phantom-08"]
    assert len(train) == 7
    assert not set(train) & set(test)


def test_too_few_subjects_are_refused() -> None:
    with pytest.raises(FileFormatError, match="4 folds need at least 4 subjects, got 3"):
        folds(numbered(3))


@pytest.mark.parametrize("voxels", [1, 2])
def test_a_guide_is_displaced_by_the_error_along_each_axis(guide: Volume, voxels: int) -> None:
    moved = misregistered(guide, 2.0 * voxels, "sub-01")
    inner = (slice(voxels, -voxels),) * 3
    fits = [
        np.allclose(moved.data[inner], np.roll(guide.data, step, (0, 1, 2))[inner], atol=1e-4)
        for step in product((-voxels, voxels), repeat=3)
    ]
    assert fits.count(True) == 1
    assert moved.grid.is_close(guide.grid)


def test_without_an_error_the_guide_is_left_as_it_is(guide: Volume) -> None:
    assert misregistered(guide, 0.0, "sub-01") is guide


def test_signs_are_the_subject_s_own(guide: Volume) -> None:
    moved = [misregistered(guide, 2.0, f"sub-{n:02d}").data for n in range(1, 9)]
    assert np.array_equal(moved[0], misregistered(guide, 2.0, "sub-01").data)
    kinds = {data.tobytes() for data in moved}
    assert len(kinds) > 2


@pytest.mark.parametrize("slices", [6, 7])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 7])
def test_the_centre_slice_is_kept_where_it_was(slices: int, step: int) -> None:
    data = np.broadcast_to(np.arange(slices, dtype=np.float32), (3, 2, slices)).copy()
    grid = Grid((3, 2, slices), np.diag([1.0, 1.0, 2.5, 1.0]))
    kept = every_slice(Volume(data, grid), step, centre(slices) % step)
    numbers = kept.data[0, 0].astype(int)
    assert centre(slices) in numbers
    assert numbers[centre(slices) // step] == centre(slices)
    assert set(np.diff(numbers)) <= {step}
    places = [(kept.grid.affine @ (0, 0, k, 1))[2] for k in range(len(numbers))]
    assert places == pytest.approx(2.5 * numbers)


@pytest.mark.parametrize("factor", [2, 4])
def test_scans_are_degraded_in_the_plane_alone(subjects: list[Subject], factor: int) -> None:
    simulated = simulate_subject(subjects[0], factor, guided=True, every=4, register=False)
    i, j, k = simulated.reference.grid.shape
    assert simulated.pair.target.grid.shape == (i // factor, j // factor, k)
    assert simulated.pair.guide is not None
    assert simulated.pair.guide.grid.is_close(simulated.reference.grid)
    middle = centre(volumes(subjects[0])[1].grid.shape[2])
    kept = simulated.reference.data[:, :, middle // 4]
    assert np.array_equal(kept, volumes(subjects[0])[1].data[:, :, middle])


def test_unguided_methods_get_no_guide(subjects: list[Subject]) -> None:
    assert simulate_subject(subjects[0], 2, guided=False, every=4).pair.guide is None


def test_the_error_moves_the_guide_alone(subjects: list[Subject]) -> None:
    right, off = (
        simulate_subject(subjects[0], 2, guided=True, every=4, shift_mm=e) for e in (0, 2)
    )
    assert np.array_equal(right.pair.target.data, off.pair.target.data)
    assert np.array_equal(right.reference.data, off.reference.data)
    assert right.pair.guide is not None
    assert off.pair.guide is not None
    assert not np.allclose(right.pair.guide.data, off.pair.guide.data)


def test_guides_are_aligned_with_the_degraded_scan(
    subjects: list[Subject], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Volume] = []

    def record(name: str, target: Volume, *rest: Any) -> Aligned:
        given.append(target)
        return align_once(name, target, *rest)

    monkeypatch.setattr(protocol, "align_once", record)
    simulate_subject(subjects[1], 2, guided=True, every=4, kept=tmp_path)
    (target,) = given
    assert target.grid.shape == (16, 14, 16)
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    simulate_subject(subjects[1], 2, guided=True, every=4, kept=tmp_path, register=False)
    simulate_subject(subjects[1], 2, guided=False, every=4, kept=tmp_path)
    assert len(given) == 1


def test_phantoms_are_aligned_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "align_once", lambda *_: pytest.fail("registered"))
    assert simulate_subject(phantom_subjects(1)[0], 2, guided=True).pair.guide is not None
