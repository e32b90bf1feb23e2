"""Other scanners' scans, label maps and digital phantoms become simulated pairs."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from studies import sources
from studies.sources import (
    Source,
    clinical_sources,
    label_sources,
    other_site_sources,
    phantom_sources,
)

from crossres.io import find_cases, write
from crossres.physics import Acquisition
from crossres.registration import align
from crossres.reproduction.simulated import every_slice
from crossres.volume import Grid, Volume


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Write a label map of nested boxes: skin, CSF, grey and white matter."""
    numbers = np.zeros((32, 36, 12), dtype=np.float32)
    for margin, number in ((3, 511), (5, 24), (8, 3), (11, 2)):
        numbers[margin:-margin, margin:-margin] = number
    path = tmp_path / "labels" / "sub-05_dseg.nii.gz"
    path.parent.mkdir()
    write(Volume(numbers, Grid(numbers.shape, np.diag([4.0, 4, 4, 1]))), path)
    return path


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Collect whether registration was requested, and skip it."""
    requested: list[bool] = []

    def spy(*words: Any, register: bool, **rest: Any) -> Any:
        requested.append(register)
        return align(*words, register=False, **rest)

    monkeypatch.setattr(sources, "align", spy)
    return requested


def test_sources_are_named_and_found_where_the_data_has_them(
    tmp_path: Path, tiny: SimpleNamespace
) -> None:
    tiny.write(tmp_path / "clinical", "sub-12_ses-1", 1)
    tiny.write(tmp_path / "other_site", "sub-30", 2)
    (clinical,) = clinical_sources(tmp_path)
    (site,) = other_site_sources(tmp_path)
    assert (clinical.name, site.name) == ("clinical sub-12_ses-1", "other site sub-30")
    (labelled,) = label_sources(tmp_path, [7])
    assert labelled.labels == tmp_path / "labels" / "sub-07_dseg.nii.gz"
    assert [(s.name, s.seed) for s in phantom_sources((5, 6))] == [
        ("phantom 5", 5),
        ("phantom 6", 6),
    ]


def test_a_label_map_becomes_a_pair_without_registration(
    labels: Path, registered: list[bool]
) -> None:
    (source,) = label_sources(labels.parent.parent, [5])
    simulated = source.simulate(2.0)
    assert registered == [False]
    assert simulated.pair.target.grid.shape == (16, 18, 12)
    assert simulated.pair.fine == simulated.reference.grid
    assert simulated.pair.guide is not None
    assert np.abs(simulated.pair.guide.data - simulated.reference.data).max() > 50


def test_unguided_pairs_have_no_guide(labels: Path) -> None:
    assert Source("labels", labels=labels).simulate(2.0, guided=False).pair.guide is None


def test_a_digital_phantom_is_scanned_in_two_contrasts(
    tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = []

    def draw(seed: int) -> tuple[Volume, Volume]:
        seeds.append(seed)
        return tiny.scene(seed)  # type: ignore[no-any-return]

    monkeypatch.setattr(sources, "make_pair", draw)
    simulated = next(phantom_sources([9])).simulate(2.0, every=4)
    assert seeds == [9]
    assert simulated.reference.grid.shape == (32, 28, 4)


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_thinning_comes_after_pairing(
    tmp_path: Path, tiny: SimpleNamespace, registered: list[bool], factor: float
) -> None:
    """The guide is neither aligned with, nor blurred to, slices that stand far apart."""
    tiny.write(tmp_path, "sub-12", 3)
    source = Source("clinical sub-12", case=find_cases(tmp_path)[0])
    whole, thin = source.simulate(factor), source.simulate(factor, every=4)
    assert registered == [True, True]
    assert whole.pair.guide is not None
    assert thin.pair.guide is not None
    for one, other in (
        (whole.reference, thin.reference),
        (whole.pair.target, thin.pair.target),
        (whole.pair.guide, thin.pair.guide),
    ):
        expected = every_slice(one, 4)
        assert other.grid == expected.grid
        np.testing.assert_allclose(other.data, expected.data, rtol=1e-5, atol=1e-3)


def test_a_guide_on_another_grid_is_brought_to_the_reference_s(
    tmp_path: Path, tiny: SimpleNamespace, registered: list[bool]
) -> None:
    tiny.write(tmp_path, "sub-12", 3)
    guide = tiny.scene(3)[0]
    affine = guide.grid.affine.copy()
    affine[:3, 3] += guide.grid.affine[:3, 0] * 2
    moved = guide.with_data(guide.data[2:], Grid((30, 28, 16), affine))
    write(moved, tmp_path / "sub-12_T1w.nii.gz", overwrite=True)
    simulated = Source("clinical sub-12", case=find_cases(tmp_path)[0]).simulate(2.0)
    assert simulated.pair.guide is not None
    np.testing.assert_allclose(
        simulated.pair.guide.data, guide.canonical().data, atol=0.02 * guide.data.max()
    )


@pytest.mark.parametrize("guided", [True, False])
def test_levels_show_one_head_on_coarser_and_coarser_grids(labels: Path, guided: bool) -> None:
    source = Source("labels 05", labels=labels, seed=1)
    fine, middle, coarse = source.levels(4, guided=guided, every=4)
    assert [e.coarse.shape[:2] for e in (fine, middle, coarse)] == [(32, 36), (16, 18), (8, 9)]
    assert all(e.fine is e.coarse for e in (middle, coarse))
    assert [e.density for e in (fine, middle, coarse)] == [1 / 16, 1 / 4, 1]
    again = Acquisition(fine.fine, coarse.fine).forward(fine.target)
    assert torch.equal(coarse.target, again)
    assert (middle.guide is not None) is guided
