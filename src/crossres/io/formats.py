"""The format of an image by the ending of its name: NIfTI, MGH or NRRD."""

from __future__ import annotations

from pathlib import Path

from crossres.files import Snapshot
from crossres.files.outputs import stem
from crossres.io import nifti
from crossres.types import FileFormatError, Trust, VolumeError
from crossres.volume import Volume

_MGH, _NRRD = (".mgz", ".mgh"), (".nrrd",)


def is_nifti(path: Path) -> bool:
    """Return whether a file is read as NIfTI: the name of every other format has its ending.

    Args:
        path: The file.

    Returns:
        True for all names but those of MGH and NRRD.
    """
    return not path.name.endswith((*_MGH, *_NRRD))


def check_place(volume: Volume, path: Path) -> None:
    """Check that a format can state where an image is, before any work is done for it.

    Args:
        volume: The image, or the scan that it is made of.
        path: The file to be made.

    Raises:
        VolumeError: The position is not known, and the format is not NIfTI.
    """
    if volume.space == "unknown" and path.name.endswith((*_MGH, *_NRRD)):
        raise VolumeError(
            f"cannot write {path.name}: the position of the image is not known, which only NIfTI "
            "can state; give a name ending in .nii.gz"
        )


def load(path: str | Path, *, trust: Trust | None = None) -> tuple[Volume, list[str], Snapshot]:
    """Read one 3-D image of any format but DICOM.

    Args:
        path: A ``.nii``, ``.nii.gz``, ``.mgz``, ``.mgh`` or ``.nrrd`` file.
        trust: Which of sform and qform of a NIfTI file is used where they differ.

    Returns:
        The image, one sentence for each warning, and the file as it was read.

    Raises:
        FileFormatError: The file cannot be read, or contradicts itself.
        VolumeError: Not one real, finite, non-empty 3-D image.
        GridError: An impossible or implausible place.
    """
    path = Path(path)
    if path.name.endswith(_MGH):
        from crossres.io import mgh

        return mgh.load(path)
    if path.name.endswith(_NRRD):
        from crossres.io import nrrd

        return nrrd.load(path)
    if path.name.endswith(".nhdr"):
        raise FileFormatError(f"{path} has its voxels in another file; convert it to one .nrrd")
    return nifti.load(path, trust=trust)


def write(
    volume: Volume, path: str | Path, *, dtype: str | None = None, overwrite: bool = False
) -> None:
    """Write an image in the format of the name, in full or not at all.

    NIfTI: the affine is written as both sform and qform, in mm, with the code of ``volume.space``.
    ``"unknown"`` is written as 0 where the grid lies as readers place such a file, else as 2. An
    affine that fits no qform (sheared) is written as sform only. Without ``dtype`` what came from
    integers goes back to integers: exactly, in its own type, where it still holds whole numbers,
    else as (u)int16 with a scale factor, wrong by less than 1e-4 of its range; everything else is
    float32. Zero stays exactly zero.

    MGH and NRRD have no scale factor: what is no whole number is float32. They cannot state that
    the position is not known, nor that coordinates are those of a template.

    Args:
        volume: The image, ``(i, j, k)``, any range.
        path: A name that ends in ``.nii.gz``, ``.nii``, ``.mgz``, ``.mgh`` or ``.nrrd``.
        dtype: Type on disk, such as int16 or float32. In NIfTI integers get a scale factor unless
            the image holds whole numbers that fit.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        FileFormatError: A name with another ending.
        VolumeError: NaN or infinite voxels; in MGH and NRRD a position that is not known.
        SettingsError: A ``dtype`` that the format has not, or that does not hold the values.
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from crossres.io import read
        >>> from crossres.volume import Grid
        >>> image = Volume(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)))
        >>> for ending in (".nii.gz", ".mgz", ".nrrd"):
        ...     path = Path(tempfile.mkdtemp()) / f"ones{ending}"
        ...     write(image, path)
        ...     print(read(path))
        Volume(4 x 5 x 6, 1 x 1 x 1 mm, scanner)
        Volume(4 x 5 x 6, 1 x 1 x 1 mm, scanner)
        Volume(4 x 5 x 6, 1 x 1 x 1 mm, scanner)
    """
    path = Path(path)
    stem(path)
    check_place(volume, path)
    if path.name.endswith(_MGH):
        from crossres.io import mgh

        mgh.write(volume, path, dtype=dtype, overwrite=overwrite)
    elif path.name.endswith(_NRRD):
        from crossres.io import nrrd

        nrrd.write(volume, path, dtype=dtype, overwrite=overwrite)
    else:
        nifti.write(volume, path, dtype=dtype, overwrite=overwrite)
