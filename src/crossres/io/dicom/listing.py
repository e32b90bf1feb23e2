"""The series of a folder of DICOM files, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossres.io.dicom.frames import Frame, frames_of
from crossres.io.dicom.recognition import is_archive, is_dicom
from crossres.io.dicom.series import Series, series_of
from crossres.io.folders import files_below
from crossres.types import FileFormatError, Progress, SettingsError

_SHOWN = 6
_FEWEST = 3
_ENDINGS = (".dcm", ".dicom", ".ima")


@dataclass(frozen=True, eq=False)
class Listing:
    """The series of a folder.

    Args:
        series: The series of images, sorted by description.
        others: Number of files that are no DICOM images (notes, reports, a DICOMDIR).
        damaged: Number of DICOM files that cannot be read.
        archives: Number of the other files that are zip or tar archives.
        reason: What is wrong with the first damaged file; empty without one.
    """

    series: list[Series]
    others: int
    damaged: int
    archives: int = 0
    reason: str = ""


def list_series(folder: str | Path, *, progress: Progress | None = None) -> Listing:
    """Search a folder and its sub-folders, and sort the DICOM images into series.

    DICOM files are recognised by their content, not by their names. A series that mixes stacks
    (orientations, sizes, echoes, image types) is listed as those stacks.

    Args:
        folder: The folder.
        progress: Called with (files searched, total files).

    Returns:
        The series, and the numbers of other and damaged files.

    Raises:
        FileFormatError: The folder is missing or holds no DICOM image.

    Example:
        >>> for series in list_series("export").series:  # doctest: +SKIP
        ...     print(series.line)
        'T1 mprage' (MR, 176 x sagittal, UID ...21.4)
        'T2 tse' (MR, 30 x axial, UID ...21.7)
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileFormatError(f"cannot read {folder}: it is not a folder; check the path")
    listing = _sorted([path for path in files_below(folder) if path.is_file()], progress)
    if not listing.series:
        raise FileFormatError(f"{folder} holds no readable DICOM image {_why(listing)}")
    return listing


def _why(listing: Listing) -> str:
    """Return the counts of files in a folder without images, and what to do."""
    reason = f", of which the first {listing.reason.partition(';')[0]}" if listing.reason else ""
    counts = f"({listing.others} other and {listing.damaged} damaged files{reason})"
    if listing.archives:
        return f"{counts}; {listing.archives} of them are archives (zip or tar), unpack these"
    return f"{counts}; check the path, and give a folder of DICOM files or a .nii.gz"


def find_series(
    path: str | Path,
    series: str | None = None,
    *,
    parameter: str | None = "series",
    progress: Progress | None = None,
) -> Series:
    """Find one series by its description, its UID or one of its files.

    Args:
        path: A folder, or one file of the series, with the others in the same folder.
        series: Its description, a part of that (upper or lower case), or its UID or the end of it;
            None if the folder holds one series only.
        parameter: Name of ``series`` in error messages; None if the caller has no such parameter.
        progress: Called with (files searched, total files).

    Returns:
        The series, whose pixels are not yet read.

    Raises:
        FileFormatError: The path holds no DICOM images, or a file is damaged.
        SettingsError: No series matches, or several do; the message lists them.

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
    try:
        images = {(frame.series, frame.instance) for frame in frames_of(path)}
    except FileFormatError as error:
        raise FileFormatError(f"{path} {error}") from error
    if not images:
        raise FileFormatError(f"{path} holds no image; give a folder of DICOM images")
    siblings = sorted(other for other in path.parent.iterdir() if other.is_file())
    listing = _sorted(siblings, progress)
    found = [
        one
        for one in listing.series
        if images & {(frame.series, frame.instance) for frame in one.frames}
    ]
    return choose_series(replace(listing, series=found), series, remedy=remedy)


def choose_series(listing: Listing, choice: str | None, *, remedy: str) -> Series:
    """Return the one series of a folder that matches a choice.

    Args:
        listing: The series of the folder.
        choice: As ``series`` of :func:`find_series`.
        remedy: End of the error message if no series matches, or several do.

    Returns:
        The series, with the number of damaged files in its folder.

    Raises:
        SettingsError: No series matches, or several do; the message lists them.
    """
    found = listing.series
    matching = found if choice is None else _matching(found, choice.strip().lower())
    if len(matching) == 1:
        return replace(matching[0], damaged=listing.damaged)
    if not matching:
        raise SettingsError(f"no series fits {choice!r} among {_shown(found)}; {remedy}")
    what = "there are" if choice is None else f"{choice!r} fits"
    if _is_broken(matching):
        remedy = (
            "each image has a Series Instance UID of its own, as some anonymisers write: anonymise "
            "again, with one UID for all images of a series"
        )
    raise SettingsError(f"{what} {len(matching)} series: {_shown(matching)}; {remedy}")


def _is_broken(found: Sequence[Series]) -> bool:
    """Return whether series are the images of one, each with a Series Instance UID of its own."""
    descriptions = {(series.label, series.modality) for series in found}
    alone = all(len(series.frames) == 1 for series in found)
    return len(found) >= _FEWEST and len(descriptions) == 1 and alone


def _sorted(files: Sequence[Path], progress: Progress | None) -> Listing:
    """Read the headers of files, and sort the images among them into series."""
    frames: list[Frame] = []
    others = archives = 0
    reasons: list[str] = []
    for number, path in enumerate(files, start=1):
        try:
            found = _frames(path)
            others += not found
            archives += not found and is_archive(path)
            frames.extend(found)
        except (FileFormatError, OSError) as error:
            reasons.append(str(error) if isinstance(error, FileFormatError) else "")
        if progress is not None:
            progress(number, len(files))
    reason = next(iter(reasons), "")
    return Listing(series_of(frames), others, len(reasons), archives, reason)


def _frames(path: Path) -> list[Frame]:
    """Return the frames of a file, none of one that is no DICOM.

    Raises:
        FileFormatError: Damaged: it cannot be read, or is DICOM by its name only.
        OSError: It cannot be read.
    """
    if is_dicom(path):
        return frames_of(path)
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(_ENDINGS) and not name.startswith("."):
        raise FileFormatError("is DICOM by its name only; get a new copy of it")
    return []


def _shown(found: Sequence[Series]) -> str:
    """Return the first few series in one line."""
    rest = len(found) - _SHOWN
    more = [f"and {rest} more (see crossres info)"] if rest > 0 else []
    return "; ".join([*(series.line for series in found[:_SHOWN]), *more])


def _matching(found: Sequence[Series], text: str) -> list[Series]:
    """Return the series with this description or UID, else those of which it is a part."""
    exact = [series for series in found if text in (series.label.lower(), series.key.lower())]
    return exact or [
        series
        for series in found
        if text in series.label.lower() or series.key.lower().endswith(text)
    ]
