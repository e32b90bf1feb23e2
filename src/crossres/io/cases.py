"""Folders of scans as cases: the target and the guide of each subject, and held-out subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crossres.files.outputs import NIFTI
from crossres.io.folders import files_below
from crossres.io.inputs import Input, find_inputs
from crossres.types import CrossresError, FileFormatError, Progress

_SHOWN = 3
_SERIES_REMEDY = "choose by words that fit one series in every folder, or take this folder out"


@dataclass(frozen=True)
class Case:
    """One subject's files.

    Args:
        name: The common part of the files' names, such as "sub-01_ses-1".
        target: File of the contrast to enhance.
        guide: File of the other contrast, or None.
    """

    name: str
    target: Path
    guide: Path | None

    @cached_property
    def inputs(self) -> tuple[Input, Input | None]:
        """Target and guide as inputs, which keep the checksum of what was read."""
        return Input(self.target), None if self.guide is None else Input(self.guide)


@dataclass(frozen=True, eq=False)
class SeriesCase:
    """One subject's DICOM series.

    Args:
        name: Number of the subject's folder, in the order of the folders' names. The names
            themselves are often those of patients and are never repeated.
        inputs: Target and guide, or None.
    """

    name: str
    inputs: tuple[Input, Input | None]


def find_cases(root: str | Path, *, target: str = "T2w", guide: str | None = "T1w") -> list[Case]:
    """Find targets and their guides under a folder, by BIDS names: ``<name>_<contrast>.nii[.gz]``.

    Sub-folders are searched; ``derivatives`` and ``sourcedata`` are not. Of a scan that is stored
    twice the ``.nii.gz`` is taken.

    Args:
        root: The folder.
        target: Suffix of the contrast to enhance.
        guide: Suffix of the guide; None for work without a guide.

    Returns:
        Cases sorted by name.

    Raises:
        FileFormatError: No target at all, or a target without its guide.

    Example:
        >>> find_cases("study", target="FLAIR", guide="T1w")[0].name  # doctest: +SKIP
        'sub-01'
    """
    folder = Path(root)
    below = files_below(folder, but=("derivatives", "sourcedata"))
    endings = [f"_{target}{suffix}" for suffix in NIFTI]
    found = [path for ending in endings for path in below if path.name.endswith(ending)]
    kept = {path.parent / path.name.split(".nii")[0]: path for path in found[::-1]}.values()
    if not kept:
        raise FileFormatError(
            f"no file named *_{target}.nii.gz under {folder}; name scans as BIDS does, "
            "sub-01_T2w.nii.gz beside sub-01_T1w.nii.gz; of folders of DICOM files, one for each "
            "subject, choose the series with `target_series`"
        )
    return sorted((_case(path, target, guide) for path in kept), key=lambda case: case.name)


def find_series_cases(
    root: str | Path, *, target: str, guide: str | None, progress: Progress | None = None
) -> list[SeriesCase]:
    """Find a target and its guide in each sub-folder, which holds one subject's DICOM files.

    Args:
        root: The folder of folders; hidden ones are ignored.
        target: Series to enhance, as :func:`crossres.io.dicom.find_series` takes it.
        guide: Series of the guide, in the same form; None for work without a guide.
        progress: Called with (folders searched, total folders).

    Returns:
        Cases in the order of the folders' names.

    Raises:
        FileFormatError: The folder is missing or has no sub-folders, or one of them has no series
            that matches, or several.
    """
    folders = _subject_folders(root)
    choices = [target] if guide is None else [target, guide]
    cases: list[SeriesCase] = []
    problems: list[str] = []
    for number, folder in enumerate(folders, start=1):
        try:
            first, *rest = find_inputs(folder, choices, remedy=_SERIES_REMEDY)
            cases.append(SeriesCase(f"folder {number}", (first, rest[0] if rest else None)))
        except CrossresError as error:
            problems.append(f"folder {number}: {error}".replace(str(folder), "it"))
        if progress is not None:
            progress(number, len(folders))
    if problems:
        raise FileFormatError(_summary(problems, len(folders)))
    return cases


def _subject_folders(root: str | Path) -> list[Path]:
    """Return the sub-folders of a folder, sorted by name."""
    try:
        inside = sorted(Path(root).iterdir())
    except OSError as error:
        raise FileFormatError(f"cannot read {root}: {error.strerror}; check the path") from error
    folders = [path for path in inside if path.is_dir() and not path.name.startswith(".")]
    if not folders:
        raise FileFormatError(f"{root} holds no folders; give one with a folder for each subject")
    return folders


def _summary(problems: Sequence[str], count: int) -> str:
    """Return one line with the first few problems and the number of all."""
    shown, rest = problems[:_SHOWN], len(problems) - _SHOWN
    more = [f"and {rest} more"] if rest > 0 else []
    which = f"{len(problems)} of {count} folders (numbered by name) cannot be used"
    return f"{which}: {' | '.join([*shown, *more])}"


def _case(path: Path, target: str, guide: str | None) -> Case:
    """Find the guide of one target."""
    name = path.name.split(f"_{target}.nii")[0]
    if guide is None:
        return Case(name, path, None)
    candidates = [path.with_name(f"{name}_{guide}{suffix}") for suffix in NIFTI]
    present = [each for each in candidates if each.exists() or each.is_symlink()]
    if not present:
        raise FileFormatError(f"{path} has no {candidates[0].name} beside it; add or exclude it")
    return Case(name, path, present[0])


def split_by_name(cases: Sequence[Case], held_out: Sequence[str]) -> tuple[list[Case], list[Case]]:
    """Divide cases into those for training and those held out.

    Args:
        cases: All cases.
        held_out: Names of the cases to hold out.

    Returns:
        Cases for training and held-out cases, both in the order of ``cases``.

    Raises:
        FileFormatError: A held-out name that no case has.

    Example:
        >>> cases = [Case(name, Path(f"{name}_T2w.nii"), None) for name in ("sub-1", "sub-2")]
        >>> [case.name for case in split_by_name(cases, ["sub-2"])[0]]
        ['sub-1']
    """
    unknown = set(held_out) - {case.name for case in cases}
    if unknown:
        raise FileFormatError(f"no case named {', '.join(sorted(unknown))} to hold out")
    kept = [case for case in cases if case.name not in held_out]
    return kept, [case for case in cases if case.name in held_out]
