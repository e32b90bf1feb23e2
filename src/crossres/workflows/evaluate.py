"""Scores of one estimate from files: what ``crossres evaluate`` does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from crossres.io import Input, find_input
from crossres.metrics import Scores, score
from crossres.physics import Acquisition
from crossres.types import Array3, GridError, Mask3, Trust
from crossres.volume import Grid, Volume, background_of, foreground_mask, has_empty_background

_TOLERANCE_MM = 0.05
_FINER = 0.9
"""Share of the volume of a voxel below which another one is finer, and not moved alone."""
_EXCHANGED = (
    "the reference has the larger voxels: were result and reference exchanged? If so, exchange "
    "them, else "
)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of one estimate.

    Args:
        scores: Scores by method: "estimate", and "cubic" with a low-resolution scan.
        region: The region of the scores inside the mask, in words.
        inputs: The scans by role.
    """

    scores: dict[str, Scores]
    region: str
    inputs: Mapping[str, Input]

    def to_dict(self) -> dict[str, object]:
        """Return scores, region and inputs as plain values.

        Returns:
            JSON values; slices are counted along S of the R, A, S order.
        """
        files = {role: scan.fingerprint() for role, scan in self.inputs.items()}
        scores = {name: found.to_dict() for name, found in self.scores.items()}
        return {"inputs": files, "inside": self.region, "plane": "axial", "scores": scores}


def compare(
    estimate: Path,
    reference: Path,
    *,
    mask: Path | None,
    low_resolution: Path | None,
    trust: Trust | None = None,
) -> Evaluation:
    """Score an estimate, and the low-resolution scan interpolated, in axial slices.

    Args:
        estimate: The file to score.
        reference: The reference: the same voxels, in any order of the axes.
        mask: A file that is not 0 inside the brain; None for the foreground.
        low_resolution: A scan to interpolate (cubic) and score as well, or None.
        trust: Which of sform and qform of a file is used where they differ.

    Returns:
        The scores.

    Raises:
        GridError: The voxels of a file are not those of the reference.
        FileFormatError: A file cannot be read.
    """
    paths = {
        "estimate": estimate,
        "reference": reference,
        "mask": mask,
        "low_resolution": low_resolution,
    }
    scans = {
        role: find_input(path, parameter=None) for role, path in paths.items() if path is not None
    }
    volumes = {role: scan.read(trust=trust).canonical() for role, scan in scans.items()}
    background = background_of(volumes["reference"].data)
    truth = background.removed(volumes["reference"])
    inside, region = _mask(scans.get("mask"), volumes.get("mask"), truth)
    scored = _on(truth.grid, volumes["estimate"], "estimate")
    estimates = {"estimate": background.removed(scored).data}
    if "low_resolution" in volumes:
        coarse = background.removed(volumes["low_resolution"])
        estimates["cubic"] = _interpolated(coarse, truth.grid)
    return Evaluation(
        {name: score(data, truth.data, mask=inside) for name, data in estimates.items()},
        region,
        scans,
    )


def _mask(scan: Input | None, mask: Volume | None, truth: Volume) -> tuple[Mask3, str]:
    """Return the mask and a description of its region."""
    if scan is not None and mask is not None:
        return _on(truth.grid, mask, "mask").data > 0.5, f"mask {scan.name}"
    known = has_empty_background(truth.data)
    region = "what is not 0 (the brain if it was skull-stripped)" if known else "foreground (head)"
    return foreground_mask(truth.data), region


def _on(grid: Grid, volume: Volume, name: str) -> Volume:
    """Return the volume; its voxels, in R, A, S order, must be those of the grid."""
    if not volume.grid.is_close(grid, tolerance=_TOLERANCE_MM):
        finer = math.prod(volume.grid.spacing) < _FINER * math.prod(grid.spacing)
        raise GridError(
            f"the {name} (shape {volume.grid.shape}, first voxel at {_origin(volume.grid)} mm) has "
            f"other voxels than the reference (shape {grid.shape}, at {_origin(grid)} mm); "
            f"{_EXCHANGED if finer and name == 'estimate' else ''}"
            "resample it to the reference's grid first, such as with crossres register"
        )
    return volume


def _origin(grid: Grid) -> str:
    return ", ".join(f"{x:.4g}" for x in grid.affine[:3, 3])


def _interpolated(scan: Volume, fine: Grid) -> Array3:
    """Return the cubic interpolation of the scan on the reference's grid."""
    if not fine.shares_edges(scan.grid, tolerance=_TOLERANCE_MM):
        raise GridError(
            f"the low-resolution scan (shape {scan.grid.shape}) does not cover the reference's "
            "field of view; make it from the reference with crossres degrade"
        )
    upsampled = Acquisition(fine, scan.grid).upsample(torch.from_numpy(scan.data)[None, None])
    return upsampled[0, 0].numpy()
