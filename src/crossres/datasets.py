"""Folders of scans as cases: which T1w belongs to which T2w, and who is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from crossres.inference import Flips, Order, slice_orders, to_slices
from crossres.intensity import intensity_scale
from crossres.physics import Acquisition
from crossres.regimes import Example
from crossres.types import FileFormatError, GridError, VolumeError
from crossres.volume import Grid, Pair, Volume

_SUFFIXES = (".nii.gz", ".nii")


@dataclass(frozen=True)
class Case:
    """One subject's files.

    Args:
        name: What the files' names share, such as "sub-01_ses-1".
        target: The contrast to sharpen.
        guide: The other contrast, or None.
    """

    name: str
    target: Path
    guide: Path | None


def find_cases(root: str | Path, *, target: str = "T2w", guide: str | None = "T1w") -> list[Case]:
    """Find targets and their guides under a folder, by BIDS names: ``<name>_<contrast>.nii[.gz]``.

    Sub-folders are searched; ``derivatives`` and ``sourcedata`` are not. Of a scan
    that is there both ways ``.nii.gz`` is taken.

    Args:
        root: The folder.
        target: Suffix of the contrast to sharpen.
        guide: Suffix of the guide; None for unguided work.

    Returns:
        Cases sorted by name.

    Raises:
        FileFormatError: No target at all, or a target without its guide.
    """
    folder = Path(root)
    found = [path for suffix in _SUFFIXES for path in folder.rglob(f"*_{target}{suffix}")]
    found = list({path.parent / path.name.split(".nii")[0]: path for path in found[::-1]}.values())
    kept = [
        p for p in found if not {"derivatives", "sourcedata"} & set(p.relative_to(folder).parts)
    ]
    if not kept:
        raise FileFormatError(
            f"no file named *_{target}.nii.gz under {folder}; name scans as BIDS does, "
            "sub-01_T2w.nii.gz beside sub-01_T1w.nii.gz"
        )
    return sorted((_case(path, target, guide) for path in kept), key=lambda case: case.name)


def _case(path: Path, target: str, guide: str | None) -> Case:
    name = path.name.split(f"_{target}.nii")[0]
    if guide is None:
        return Case(name, path, None)
    candidates = [path.with_name(f"{name}_{guide}{suffix}") for suffix in _SUFFIXES]
    present = [candidate for candidate in candidates if candidate.exists()]
    if not present:
        raise FileFormatError(f"{path} has no {candidates[0].name} beside it; add or exclude it")
    return Case(name, path, present[0])


def split_by_name(cases: Sequence[Case], held_out: Sequence[str]) -> tuple[list[Case], list[Case]]:
    """Divide cases into those to learn from and those held out, by name.

    Raises:
        FileFormatError: A held-out name that no case has.
    """
    unknown = set(held_out) - {case.name for case in cases}
    if unknown:
        raise FileFormatError(f"no case named {', '.join(sorted(unknown))} to hold out")
    kept = [case for case in cases if case.name not in held_out]
    return kept, [case for case in cases if case.name in held_out]


def example_of(pair: Pair, *, every: int = 1) -> Example:
    """Turn a pair into what learning takes: normalised slices along the unchanged axis.

    Args:
        pair: Target, fine grid and guide.
        every: Keep every n-th of the slices that are not empty.

    Raises:
        VolumeError: Every slice is empty.
    """
    same = pair.target.grid.shape == pair.fine.shape
    way = pair.fine.axis_order() if same else slice_orders(pair.target.grid, pair.fine)[0]
    return _sliced(pair.target, pair.fine, pair.guide, way, every)


def plane_example(pair: Pair, *, every: int = 1) -> Example:
    """Turn a pair of which one axis gets finer into what :class:`ThroughPlane` learns from.

    Slices lie along the coarse axis: the plane that the scan resolves. The guide is brought to the
    thick slices as a scan there would show it.

    Args:
        pair: Target, fine grid and guide.
        every: Keep every n-th of the slices that are not empty.

    Raises:
        GridError: Not just one axis gets finer.
        VolumeError: Every slice is empty.
    """
    ways = slice_orders(pair.target.grid, pair.fine)
    if len(ways) != 2:
        raise GridError("learning across the plane wants one axis that gets finer, here are two")
    (order, flips), guide = ways[0], pair.guide
    way = (order[1], order[2], order[0]), (flips[1], flips[2], flips[0])
    if guide is not None:
        acquisition = Acquisition(pair.fine, pair.target.grid)
        seen = acquisition.forward(torch.from_numpy(guide.data)[None, None])
        guide = guide.with_data(seen[0, 0].numpy(), pair.target.grid)
    return _sliced(pair.target, pair.fine, guide, way, every)


def _sliced(
    target: Volume, fine: Grid, guide: Volume | None, way: tuple[Order, Flips], every: int
) -> Example:
    """Cut target and guide into normalised slices."""
    target = target.reordered(*way)
    y = to_slices(target.data / intensity_scale(target.data))
    used = torch.nonzero(y.flatten(1).any(dim=1)).flatten()[::every]
    if len(used) == 0:
        raise VolumeError("every slice of the target is empty")
    if guide is None:
        return Example(y[used], target.grid, fine.reordered(*way))
    g = to_slices(guide.reordered(*way).data / intensity_scale(guide.data))
    return Example(y[used], target.grid, fine.reordered(*way), g[used])
