"""Scans are degraded once; training examples never hold the reference."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossres.io import Case, find_cases, read
from crossres.physics import degrade
from crossres.registration import Aligned
from crossres.reproduction import simulated
from crossres.reproduction.aligned import align_once
from crossres.reproduction.simulated import (
    FOLD_1,
    every_slice,
    low_resolution_examples,
    reference_examples,
    simulate,
)
from crossres.volume import Grid, Volume


@pytest.fixture
def case(cohort: Path) -> Case:
    return find_cases(cohort)[0]


def test_fold_1_names_five_subjects_once() -> None:
    assert len(set(FOLD_1)) == 5


def test_every_slice_keeps_each_voxel_where_it_was() -> None:
    affine = np.array([[-1.0, 0.1, 0, 9], [0.1, 2, 0.3, 8], [0, 0.2, 3, 7], [0, 0, 0, 1]])
    volume = Volume(np.random.default_rng(0).random((3, 4, 7)), Grid((3, 4, 7), affine))
    thinned = every_slice(volume, 3)
    assert thinned.grid.shape == (3, 4, 3)
    for k in range(3):
        np.testing.assert_array_equal(thinned.data[:, :, k], volume.data[:, :, 3 * k])
        index = np.array([1, 2, k, 1])
        np.testing.assert_allclose(
            thinned.grid.affine @ index, volume.grid.affine @ (index * [1, 1, 3, 1])
        )


def test_a_case_is_degraded_in_the_axial_plane_alone(case: Case) -> None:
    made = simulate(case, 2.0)
    reference, pair = made.reference, made.pair
    assert pair.target.grid.shape == (16, 14, 16)
    assert pair.fine == reference.grid
    assert reference.grid.axis_order()[1] == (False, False, False), "R, A, S whatever the file has"
    np.testing.assert_array_equal(reference.data, read(case.target).canonical().data)
    again = degrade(reference, pair.target.grid)
    np.testing.assert_array_equal(pair.target.data, again.data)
    assert pair.guide is not None
    assert case.guide is not None
    np.testing.assert_array_equal(pair.guide.data, read(case.guide).canonical().data)


def test_thinning_changes_no_slice_that_is_kept(case: Case) -> None:
    whole, thin = simulate(case, 2.0), simulate(case, 2.0, every=5)
    np.testing.assert_allclose(
        thin.pair.target.data, whole.pair.target.data[:, :, ::5], rtol=1e-5, atol=1e-3
    )


def test_unguided_cases_read_no_guide(case: Case) -> None:
    alone = Case(case.name, case.target, case.target.with_name("missing.nii.gz"))
    assert simulate(alone, 2.0, guided=False).pair.guide is None


def test_low_resolution_examples_hold_no_reference(cohort: Path) -> None:
    for example in low_resolution_examples(find_cases(cohort)[:2], 2.0, every=2):
        assert example.target.shape == (8, 1, *example.coarse.shape[:2])
        assert example.coarse.factors_to(example.fine) == (2, 2, 1)
        assert example.guide is not None
        assert example.guide.shape == (8, 1, *example.fine.shape[:2])


def test_reference_examples_are_the_references(case: Case) -> None:
    (example,) = reference_examples([case], 2.0, guided=False)
    reference = read(case.target).canonical().data.transpose(2, 0, 1)
    assert example.guide is None
    ratio = reference[reference > 0] / example.target[:, 0].numpy()[reference > 0]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


def test_guides_are_aligned_by_every_slice_of_the_degraded_scan(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, ...]] = []

    def record(name: str, target: Volume, *rest: Any) -> Aligned:
        given.append(target.grid.shape)
        return align_once(name, target, *rest)

    monkeypatch.setattr(simulated, "align_once", record)
    low_resolution_examples([case], 2.0, every=4, kept=tmp_path)
    assert given == [(16, 14, 16)]
    assert [path.name for path in tmp_path.iterdir()] == [f"{case.name}-x2.json"]
    reference_examples([case], 2.0, register=False)
    assert len(given) == 1
