"""Scans of subjects with lesions: a slab that shows the lesion, with all images on it."""

from pathlib import Path

import pytest
from studies.downstream.scans import FACTORS, SLICES, SUBJECTS, lesion_scans


@pytest.mark.realdata
def test_slabs_show_the_lesion(data_root: Path, tmp_path: Path) -> None:
    name, task, make = next(lesion_scans(data_root, Path("runs/aligned")))
    scan = make()
    assert (name, task) == (SUBJECTS[0], f"{FACTORS[0]}x")
    assert scan.truth.shape[2] == SLICES == scan.inputs.pair.target.shape[2]
    assert scan.lesion.shape == scan.truth.shape
    assert scan.lesion.any(axis=(0, 1)).all()


@pytest.mark.realdata
def test_every_task_is_listed(data_root: Path, tmp_path: Path) -> None:
    tasks = [task for _, task, _ in lesion_scans(data_root, tmp_path)]
    assert tasks == ["2x"] * 3 + ["4x"] * 3 + ["slices 4x"]
