"""Guides aligned with degraded scans; a motion that was found is kept, so that it is found once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossres.files import read_json, write_json
from crossres.registration import Aligned, RigidTransform, align
from crossres.types import FileFormatError
from crossres.volume import Grid, Volume

ALIGNED = "aligned"
"""Name of the folder of motions beside the trainings of a run."""


def align_once(
    name: str, target: Volume, guide: Volume, fine: Grid, kept: Path | None = None
) -> Aligned:
    """Align a guide with a degraded scan, by the motion that an earlier run found if there is one.

    Args:
        name: Identifies the pair within the folder, degradation included.
        target: The degraded scan, never its reference.
        guide: The other contrast.
        fine: Grid of the reference.
        kept: Folder of the motions; None to keep none.

    Returns:
        The pair; ``registration`` is None where the motion was known.

    Raises:
        FileFormatError: A file of the folder is damaged.
        CrossresError: A pair that cannot be aligned.
    """
    file = None if kept is None else kept / f"{name}.json"
    if file is not None and file.is_file():
        return align(target, guide, fine, transform=_read(file))
    aligned = align(target, guide, fine)
    if file is not None and aligned.registration is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json({"matrix": aligned.registration.transform.matrix}, file, overwrite=True)
    return aligned


def _read(file: Path) -> RigidTransform:
    try:
        return RigidTransform(np.array(read_json(file)["matrix"], dtype=float))
    except (KeyError, ValueError, TypeError) as error:
        raise FileFormatError(
            f"{file} is damaged; remove it, and the pair is aligned anew"
        ) from error
