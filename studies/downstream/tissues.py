"""Tissue classes of an estimate, beside its T1w and alone."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from studies.downstream.lesions import dice

from crossres.io import read, write
from crossres.types import Array3, Mask3
from crossres.volume import Volume

TISSUES = ("csf", "grey", "white")
"""From dark to bright in the T1w."""
KINDS = ("both", "alone")
"""T1w and estimate together, and the estimate alone."""
PROGRAM = Path(__file__).with_name("segment_with_ants.py")


def segment(
    images: Mapping[str, Volume], t1w: Volume, mask: Mask3, python: Path, work: Path
) -> dict[str, dict[str, Array3]]:
    """Return the tissue classes of each image, beside the T1w ("both") and "alone".

    They are 1 to 3 from dark to bright in the T1w, and 0 outside the mask.

    Args:
        images: By name; on one grid.
        t1w: On the same grid.
        mask: What is segmented.
        python: Of an environment with antspyx.
        work: Folder for the files of the two programs.
    """
    work.mkdir(parents=True, exist_ok=True)
    marked = t1w.with_data(mask.astype(np.float32))
    for name, image in {**images, "t1w": t1w, "mask": marked}.items():
        write(image, work / f"{name}.nii.gz", dtype="float32", overwrite=True)
    subprocess.run([str(python), str(PROGRAM), str(work), *images], check=True)
    return {
        kind: {
            name: ordered(read(work / kind / f"{name}.nii.gz").data, t1w.data) for name in images
        }
        for kind in KINDS
    }


def ordered(classes: Array3, t1w: Array3) -> Array3:
    """Return the classes numbered from dark to bright in the T1w."""
    numbers = np.unique(classes[classes > 0])
    by_mean = sorted(numbers, key=lambda n: float(t1w[classes == n].mean()))
    found = np.zeros_like(classes)
    for new, old in enumerate(by_mean, start=1):
        found[classes == old] = new
    return found


def compare(classes: Array3, truth: Array3) -> dict[str, float]:
    """Return Dice and the error of the volume in per cent of each tissue."""
    found = {}
    for number, name in enumerate(TISSUES, start=1):
        own, true = classes == number, truth == number
        found[f"dice_{name}"] = dice(own, true)
        found[f"volume_{name}"] = 100 * (int(own.sum()) / max(int(true.sum()), 1) - 1)
    return found
