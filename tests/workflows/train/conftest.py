"""Two subjects whose scans differ in spacing, and a training of four steps."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import find_cases, write
from crossres.training import External, PatchTraining, Recipe, TrainingSettings
from crossres.volume import Grid, Volume
from crossres.workflows.train import TrainingSet, load_training_set


def volume(shape: tuple[int, int, int], spacing: tuple[float, float, float], seed: int) -> Volume:
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = np.array(spacing) / 2
    data = np.random.default_rng(seed).uniform(10, 100, shape)
    return Volume(data.astype(np.float32), Grid(shape, affine))


def training_set(folder: Path, factor: tuple[float, ...] = (2.0,)) -> TrainingSet:
    return load_training_set(find_cases(folder), factor=factor, register=False)


def plan(steps: int = 4, **changes: Any) -> Recipe:
    learning = PatchTraining(patch=8, batch=2, training=TrainingSettings(steps=steps, epoch=2))
    settings: dict[str, int | bool | str] = {"blocks": 1, "layers": 1, "width": 4, "norm": "none"}
    return Recipe("guided-rdn", settings, External(learning, **changes))


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """Return functions that make small inputs."""
    return SimpleNamespace(volume=volume, training_set=training_set, plan=plan)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write two subjects whose scans differ in spacing."""
    root = tmp_path / "scans"
    root.mkdir()
    for seed, spacing in enumerate((2.0, 3.0)):
        scan = volume((16, 16, 6), (spacing, spacing, 4.0), seed)
        guide = volume((32, 32, 6), (spacing / 2, spacing / 2, 4.0), seed + 10)
        write(scan, root / f"sub-{seed}_T2w.nii.gz")
        write(guide, root / f"sub-{seed}_T1w.nii.gz")
    return root
