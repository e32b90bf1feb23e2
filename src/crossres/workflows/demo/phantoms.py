"""The settings and the files of the demonstration, and its digital phantoms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from crossres.io import write
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.types import OutputExistsError, Progress, Shape3
from crossres.volume import Grid, Volume, coarse_grid

FACTOR = 2.0
UNSEEN = "unseen"
MOTION_MM, TURN_DEGREES = (2.0, -1.5, 1.0), 2.0
"""Motion of the head between the two scans of the test phantom: to the right, to the front and
upwards, and to the left about the axis of the body. The header of the guide does not account for
it."""


@dataclass(frozen=True)
class Demonstration:
    """The settings of the demonstration.

    Args:
        folder: Folder of all files.
        subjects: Number of phantoms in the training set, at least 1.
        shape: Voxels along i, j, k of the whole field of view.
        spacing: Voxel size of guides and reference, mm.
        slices: First and last axial slice (exclusive) of each phantom in the training set.
        unseen_slices: The same of the test phantom, whose slab is thick enough for registration.
        steps: Optimiser steps.
        seed: Seed of the phantoms and the training.
        device: Where the networks run, such as cpu or cuda.
    """

    folder: Path
    subjects: int = 6
    shape: Shape3 = (176, 208, 176)
    spacing: float = 1.0
    slices: tuple[int, int] = (84, 108)
    unseen_slices: tuple[int, int] = (66, 110)
    steps: int = 300
    seed: int = 0
    device: str = "cpu"

    @property
    def cohort(self) -> Path:
        """Folder of the low-resolution scans."""
        return self.folder / "cohort"

    @property
    def names(self) -> list[str]:
        """Names of the phantoms in the training set."""
        return [f"sub-{number:02d}" for number in range(1, self.subjects + 1)]

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints, a separate one for each choice of settings."""
        return self.folder / "checkpoints" / f"{self.subjects}-{self.steps}-{self.seed}"

    @property
    def weights(self) -> Path:
        """File of the trained weights."""
        return self.folder / "learned.safetensors"


def make_phantoms(demo: Demonstration, *, progress: Progress | None = None) -> None:
    """Write the low-resolution scans of the training set, and the test phantom with its reference.

    Args:
        demo: The settings.
        progress: Called with (phantoms done, total phantoms).

    Raises:
        OutputExistsError: The folder holds files, and is not one of an earlier demonstration.
        OutputWriteError: A file cannot be written.
    """
    # Files of the same names would be replaced.
    if demo.folder.is_dir() and not demo.cohort.is_dir() and any(demo.folder.glob("[!.]*")):
        raise OutputExistsError(f"{demo.folder} holds other files; give a new folder")
    demo.cohort.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate([*(f"cohort/{n}" for n in demo.names), UNSEEN], start=1):
        scans = _scans(demo, number, unseen=name == UNSEEN)
        for suffix, volume in scans.items():
            write(volume, demo.folder / f"{name}_{suffix}.nii.gz", overwrite=True)
        if progress is not None:
            progress(number, demo.subjects + 1)


def _scans(demo: Demonstration, number: int, *, unseen: bool) -> dict[str, Volume]:
    guide, reference = make_pair(
        1000 * demo.seed + number, shape=demo.shape, spacing=demo.spacing,
        slices=demo.unseen_slices if unseen else demo.slices,
    )  # fmt: skip
    scan = degrade(reference, coarse_grid(reference.grid, factor=(FACTOR, FACTOR, 1)))
    if not unseen:
        return {"T1w": guide, "T2w": scan}
    return {"T1w": moved(guide), "T2w": scan, "reference": reference}


def moved(guide: Volume) -> Volume:
    """Return a scan of the head after it moved by ``MOTION_MM`` and ``TURN_DEGREES``.

    Args:
        guide: The scan.

    Returns:
        The same voxels in other places of the world.
    """
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("z", TURN_DEGREES, degrees=True).as_matrix()
    motion[:3, 3] = MOTION_MM
    return Volume(guide.data, Grid(guide.grid.shape, motion @ guide.grid.affine))
