"""A small scene in two contrasts, weights that fit it, and a way to run the command line."""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from crossres.cli import main
from crossres.io import read, write
from crossres.physics import degrade
from crossres.volume import Grid, Volume


@dataclass(frozen=True)
class Outcome:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of an error; fails if there is any other number of lines."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("crossres: "), self.err
        return lines[0]


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line in this process, however slowly, in silence."""
    monkeypatch.setattr("crossres.cli.messages._SECONDS_BETWEEN_LINES", math.inf)

    def command(*words: object) -> Outcome:
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return command


def _grid() -> Grid:
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-47, -47, -23)
    return Grid((48, 48, 24), affine)


def scene(seed: int) -> tuple[Volume, Volume]:
    """Return a T1-like and a T2-like image of one head with blobs in it."""
    grid = _grid()
    noise = np.random.default_rng(seed).normal(size=grid.shape)
    blobs = ndimage.gaussian_filter(noise, 2.0)
    tissue = 1.0 + np.digitize(blobs / blobs.std(), (-0.5, 0.5))
    middle = (np.array(grid.shape) - 1) / 2
    radius = sum(
        ((index - m) / (0.8 * m)) ** 2
        for index, m in zip(np.indices(grid.shape), middle, strict=True)
    )
    tissue = np.where(radius < 1, tissue, 0).astype(int)
    t1, t2 = (np.array(levels)[tissue] for levels in ((0, 300, 700, 500), (0, 900, 300, 600)))
    return (
        Volume(t1.astype(np.float32), grid, stored_dtype="int16"),
        Volume(t2.astype(np.float32), grid, stored_dtype="int16"),
    )


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, tiny_weights: SimpleNamespace) -> Path:
    """Write reference, low-resolution target, guide and weights, once."""
    folder = tmp_path_factory.mktemp("scene")
    guide, reference = scene(0)
    write(reference, folder / "HR.nii.gz")
    write(degrade(reference, reference.grid.coarsened((2, 2, 1))), folder / "T2.nii.gz")
    write(guide, folder / "T1.nii.gz")
    shutil.copy(tiny_weights.guided, folder / "tiny.safetensors")
    shutil.copy(tiny_weights.unguided, folder / "unguided.safetensors")
    return folder


@pytest.fixture
def files(tmp_path: Path, written: Path) -> SimpleNamespace:
    """Copy the scene to a folder of the test's own; name a free output."""
    folder = tmp_path / "scans"
    shutil.copytree(written, folder)
    return SimpleNamespace(
        folder=folder,
        reference=folder / "HR.nii.gz",
        target=folder / "T2.nii.gz",
        guide=folder / "T1.nii.gz",
        weights=folder / "tiny.safetensors",
        unguided=folder / "unguided.safetensors",
        output=folder / "SR.nii.gz",
    )


@pytest.fixture
def other_head(tmp_path: Path) -> Path:
    """Write the guide of another subject."""
    path = tmp_path / "other_T1.nii.gz"
    write(scene(7)[0], path)
    return path


@pytest.fixture
def shifted_guide(files: SimpleNamespace) -> Path:
    """Write the guide as if the head had moved 4 mm to the right before it was taken."""
    guide = read(files.guide)
    affine = guide.grid.affine.copy()
    affine[0, 3] += 4
    path: Path = files.folder / "shifted_T1.nii.gz"
    write(guide.with_data(guide.data, Grid(guide.grid.shape, affine)), path)
    return path
