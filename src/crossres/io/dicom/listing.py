"""What a folder of DICOM files holds, and which series of it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossres.io.dicom.frames import Frame, frames_of, is_dicom
from crossres.io.dicom.series import Series, series_of
from crossres.types import FileFormatError, Progress, SettingsError

_SHOWN = 6


@dataclass(frozen=True, eq=False)
class Listing:
    """The series of a folder.

    Args:
        series: Those that are images, sorted by description.
        others: How many files are no DICOM images (notes, reports, a DICOMDIR).
        damaged: How many DICOM files cannot be read.
    """

    series: list[Series]
    others: int
    damaged: int


def list_series(folder: str | Path, *, progress: Progress | None = None) -> Listing:
    """Look through a folder and all below it, and sort its DICOM images into series.

    Files are told by their content, not by their names. A series that mixes stacks (orientations,
    sizes, echoes, image types) is listed as those stacks.

    Args:
        folder: The folder.
        progress: Told (files done, files in all).

    Raises:
        FileFormatError: The folder is missing, may not be read or holds no DICOM image.

    Example:
        >>> for series in list_series("export").series:  # doctest: +SKIP
        ...     print(series.line)
        'T1 mprage' (MR, 176 x sagittal, UID ...21.4)
        'T2 tse' (MR, 30 x axial, UID ...21.7)
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileFormatError(f"cannot read {folder}: it is not a folder; check the path")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listing = _sorted(files, progress)
    if not listing.series:
        raise FileFormatError(
            f"{folder} holds no readable DICOM image ({listing.others} other and {listing.damaged} "
            "damaged files); check the path, and give a folder of DICOM files or a .nii.gz"
        )
    return listing


def find_series(
    path: str | Path,
    series: str | None = None,
    *,
    parameter: str | None = "series",
    progress: Progress | None = None,
) -> Series:
    """Find the one series that is meant.

    Args:
        path: A folder, or one file of the series, with the others beside it.
        series: Its description, a part of that (upper or lower case), or its UID or the end of it;
            None if there is but one.
        parameter: Name of ``series`` in error messages; None if it cannot be given.
        progress: Told (files done, files in all).

    Returns:
        The series; its images have not been read yet.

    Raises:
        FileFormatError: No DICOM images there.
        SettingsError: No series fits, or several do; the message lists them.

    Example:
        >>> find_series("export", "t2").name  # doctest: +SKIP
        'T2 tse'
    """
    path = Path(path)
    choice = (
        f"choose one with `{parameter}`, by description or end of UID, or " if parameter else ""
    )
    remedy = f"{choice}give a file of the one you mean instead of the folder"
    if path.is_dir():
        return choose_series(list_series(path, progress=progress), series, remedy=remedy)
    wanted = {(frame.series, frame.instance) for frame in frames_of(path)}
    if not wanted:
        raise FileFormatError(f"{path} holds no image; give a folder of DICOM images")
    beside = sorted(other for other in path.parent.iterdir() if other.is_file())
    listing = _sorted(beside, progress)
    found = [
        one
        for one in listing.series
        if wanted & {(frame.series, frame.instance) for frame in one.frames}
    ]
    return choose_series(replace(listing, series=found), series, remedy=remedy)


def choose_series(listing: Listing, wanted: str | None, *, remedy: str) -> Series:
    """Return the one series of a folder that fits, or say which ones there are.

    Args:
        listing: What the folder holds.
        wanted: As :func:`find_series` takes it.
        remedy: What to do where none fits, or several do.

    Raises:
        SettingsError: No series fits, or several do.
    """
    found = listing.series
    fitting = found if wanted is None else _fitting(found, wanted.strip().lower())
    if len(fitting) == 1:
        return replace(fitting[0], damaged=listing.damaged)
    if not fitting:
        raise SettingsError(f"no series fits {wanted!r} among {_shown(found)}; {remedy}")
    what = "there are" if wanted is None else f"{wanted!r} fits"
    raise SettingsError(f"{what} {len(fitting)} series: {_shown(fitting)}; {remedy}")


def _sorted(files: Sequence[Path], progress: Progress | None) -> Listing:
    """Read the headers of files and sort the images among them."""
    frames: list[Frame] = []
    others = damaged = 0
    for number, path in enumerate(files, start=1):
        try:
            found = frames_of(path) if is_dicom(path) else []
            others += not found
            frames.extend(found)
        except (FileFormatError, OSError):
            damaged += 1
        if progress is not None:
            progress(number, len(files))
    return Listing(series_of(frames), others, damaged)


def _shown(found: Sequence[Series]) -> str:
    """Return the first few series in a line."""
    rest = len(found) - _SHOWN
    more = [f"and {rest} more (see crossres info)"] if rest > 0 else []
    return "; ".join([*(series.line for series in found[:_SHOWN]), *more])


def _fitting(found: Sequence[Series], wanted: str) -> list[Series]:
    """Return the series of this description, else those of which it is a part."""
    exact = [series for series in found if wanted in (series.label.lower(), series.key.lower())]
    return exact or [
        series
        for series in found
        if wanted in series.label.lower() or series.key.lower().endswith(wanted)
    ]
