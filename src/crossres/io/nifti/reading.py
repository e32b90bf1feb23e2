"""NIfTI files in: any orientation, scaling, integer or float, NIfTI-1 or NIfTI-2.

World coordinates of NIfTI are RAS+ already. What a header states is judged in
:mod:`crossres.io.nifti.header` before the image is read.
"""

from __future__ import annotations

import warnings
from pathlib import Path

from crossres.files import Snapshot
from crossres.io.nifti.header import Judged, judge
from crossres.io.nifti.voxels import opened, read_voxels
from crossres.types import CrossresWarning, Trust, VolumeError
from crossres.volume import Grid, Volume


def read(path: str | Path, *, trust: Trust | None = None) -> Volume:
    """Read one 3-D image, with its scaling applied, as float32.

    The affine comes from the sform if its code is above 0, else from the qform, else from the voxel
    sizes alone (space ``"unknown"``). Lengths are converted to mm; a file that does not state its
    unit is taken to be in mm. Trailing axes of length 1 are dropped. A header that contradicts
    itself or the bytes of the file is refused, or read with a ``CrossresWarning``.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file.
        trust: Which of sform and qform is used, without a warning, where they differ.

    Returns:
        The image, ``(i, j, k)``, in the file's own units, with voxel axes as stored.

    Raises:
        FileFormatError: The file is missing, is not a NIfTI, is truncated or damaged, or
            contradicts itself.
        VolumeError: Not 3-D, complex, colour, NaN or infinite voxels, or zero everywhere.
        GridError: Voxel sizes or a place that are impossible or implausible.

    Example:
        >>> t2 = read("sub-01_T2w.nii.gz")  # doctest: +SKIP
        >>> t2.grid.spacing  # doctest: +SKIP
        (0.5, 0.5, 4.0)
    """
    volume, notes, _ = load(path, trust=trust)
    for note in notes:
        warnings.warn(note, CrossresWarning, stacklevel=2)
    return volume


def load(path: str | Path, *, trust: Trust | None = None) -> tuple[Volume, list[str], Snapshot]:
    """Read one 3-D image as :func:`read`, and return warnings as text.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file.
        trust: Which of sform and qform is used where they differ.

    Returns:
        The image, one sentence for each warning, and the file as it was read.

    Raises:
        FileFormatError: The file cannot be read, or contradicts itself.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: An impossible or implausible place.
    """
    path = Path(path)
    judged, volume, snapshot = _read(path, trust)
    return volume, _sentences(judged, path), snapshot


def read_grid(path: str | Path, *, trust: Trust | None = None) -> Grid:
    """Read the grid of a file without its image.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file. The size of a compressed one is not checked.
        trust: Which of sform and qform is used, without a warning, where they differ.

    Returns:
        The grid, in RAS+ mm.

    Raises:
        FileFormatError: The file is missing, is not a NIfTI, or contradicts itself.
        VolumeError: Not 3-D, complex or colour.
        GridError: Voxel sizes or a place that are impossible or implausible.
    """
    path = Path(path)
    with opened(path) as (stream, size, _):
        judged = judge(stream, path, size, trust)
    _warn(judged, path)
    return judged.place.grid


def read_codes(path: str | Path, *, trust: Trust | None = None) -> dict[str, int]:
    """Read the affine codes of a file, without its image.

    Args:
        path: A ``.nii`` or ``.nii.gz`` file.
        trust: Which of sform and qform is used where they differ.

    Returns:
        ``sform_code`` and ``qform_code``.

    Raises:
        FileFormatError: The file is missing, is not a NIfTI, or contradicts itself.
        VolumeError: Not 3-D, complex or colour.
        GridError: Voxel sizes or a place that are impossible or implausible.
    """
    path = Path(path)
    with opened(path) as (stream, size, _):
        header = judge(stream, path, size, trust).header
    return {name: int(header[name]) for name in ("sform_code", "qform_code")}


def _read(path: Path, trust: Trust | None) -> tuple[Judged, Volume, Snapshot]:
    """Read header and image."""
    with opened(path) as (stream, size, file):
        judged = judge(stream, path, size, trust)
        dtype = judged.header.get_data_dtype()
        data = read_voxels(stream, judged.shape, dtype, judged.scale, path)
        snapshot = file.snapshot()
    if not data.any():
        raise VolumeError(f"{path} is zero everywhere; give the image itself")
    where = judged.place
    volume = Volume(data, where.grid, space=where.space, stored_dtype=dtype.name)
    return judged, volume, snapshot


def _sentences(judged: Judged, path: Path) -> list[str]:
    """Return the warnings about a header; folders, often named after patients, are left out."""
    return [f"{path.name} {note}" for note in judged.notes]


def _warn(judged: Judged, path: Path) -> None:
    for sentence in _sentences(judged, path):
        warnings.warn(sentence, CrossresWarning, stacklevel=1)
