"""Every contrast is a target once, by each other one; test scans and maps are left out."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from studies import any_contrast
from studies.any_contrast import random_heads, random_pairs, random_signals, real_sources

from crossres.io import write
from crossres.phantom import Tissue
from crossres.volume import Grid, Volume


@pytest.fixture
def data(tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a cohort, clinical sessions of three contrasts, and a label map of nested boxes."""
    for folder, name in (("cohort", "sub-12"), ("clinical", "sub-12"), ("clinical", "sub-01")):
        tiny.write(tmp_path / folder, name, 1)
    for folder, name in (("clinical", "sub-12"), ("clinical", "sub-01")):
        write(tiny.scene(2)[1], tmp_path / folder / f"{name}_FLAIR.nii.gz")
    for name in ("sub-19", "sub-20"):
        for contrast, volume in zip(("T1w", "FLAIR"), tiny.scene(3), strict=True):
            path = tmp_path / "clinical_flair" / f"{name}_{contrast}.nii.gz"
            path.parent.mkdir(exist_ok=True)
            write(volume, path)
    numbers = np.zeros((32, 36, 12), dtype=np.float32)
    for margin, number in ((3, 511), (5, 24), (8, 3), (11, 2)):
        numbers[margin:-margin, margin:-margin] = number
    (tmp_path / "labels").mkdir()
    path = tmp_path / "labels" / "sub-05_dseg.nii.gz"
    write(Volume(numbers, Grid(numbers.shape, np.diag([4.0, 4, 4, 1]))), path)
    monkeypatch.setattr(any_contrast, "HEADS", (5,))
    return tmp_path


def test_each_contrast_is_guided_by_each_other_one(data: Path) -> None:
    assert [source.name for source in real_sources(data)] == [
        "cohort sub-12 T2w by T1w", "cohort sub-12 T1w by T2w",
        "clinical sub-01 T2w by FLAIR", "clinical sub-01 T2w by T1w",
        "clinical sub-01 FLAIR by T2w", "clinical sub-01 FLAIR by T1w",
        "clinical sub-01 T1w by T2w", "clinical sub-01 T1w by FLAIR",
        "clinical_flair sub-19 FLAIR by T1w", "clinical_flair sub-19 T1w by FLAIR",
    ]  # fmt: skip


def test_test_maps_are_no_training_heads() -> None:
    assert not set(range(17, 21)) & set(any_contrast.HEADS)


def test_contrasts_differ_and_leave_air_dark() -> None:
    rng = np.random.default_rng(0)
    drawn = [random_signals(rng) for _ in range(100)]
    for signals in drawn:
        assert signals.get(Tissue.AIR, 0) == 0
        assert np.mean([signals[t] for t in (Tissue.CSF, Tissue.GREY, Tissue.WHITE)]) == (
            pytest.approx(1)
        )
    brighter = [signals[Tissue.CSF] > signals[Tissue.WHITE] for signals in drawn]
    assert 20 < sum(brighter) < 80


def test_target_and_guide_of_a_head_are_of_independent_contrasts(data: Path) -> None:
    one, other = random_pairs(data)
    assert one.guide is not None
    assert not np.allclose(one.target.data, other.target.data, rtol=0.1)
    assert not np.allclose(one.target.data, one.guide.data, rtol=0.1)


def test_heads_show_their_own_grid_and_coarser_ones(data: Path) -> None:
    found = random_heads(data, 2, every=4)
    assert [tuple(e.target.shape[2:]) for e in found] == [(32, 36), (16, 18)] * 2
