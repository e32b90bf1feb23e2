"""Folders of scans as cases: which guide belongs to which target, and who is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossres.io.inputs import Input, find_inputs
from crossres.types import (
    CrossresError,
    FileFormatError,
    Progress,
)

_SUFFIXES = (".nii.gz", ".nii")
_SHOWN = 3


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

    @property
    def inputs(self) -> tuple[Input, Input | None]:
        """Target and guide, to be read."""
        return Input(self.target), None if self.guide is None else Input(self.guide)


@dataclass(frozen=True, eq=False)
class SeriesCase:
    """One subject's DICOM series.

    Args:
        name: Number of the subject's folder, in the order of their names: these often are those
            of patients, and nothing repeats them.
        inputs: Target and guide, or None.
    """

    name: str
    inputs: tuple[Input, Input | None]


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
            "sub-01_T2w.nii.gz beside sub-01_T1w.nii.gz; of folders of DICOM files, one for each "
            "subject, choose the series with --target-series"
        )
    return sorted((_case(path, target, guide) for path in kept), key=lambda case: case.name)


def find_series_cases(
    root: str | Path, *, target: str, guide: str | None, progress: Progress | None = None
) -> list[SeriesCase]:
    """Find a target and its guide in each sub-folder, which holds one subject's DICOM files.

    Args:
        root: The folder of folders; hidden ones are passed over.
        target: Which series, as :func:`crossres.io.dicom.find_series` takes it.
        guide: The same for the guide; None for unguided work.
        progress: Told (folders looked through, folders in all).

    Returns:
        Cases in the order of the folders' names.

    Raises:
        FileFormatError: No sub-folders, or one in which there is none, or no choice, of the series.
    """
    try:
        inside = sorted(Path(root).iterdir())
    except OSError as error:
        raise FileFormatError(f"cannot read {root}: {error.strerror}; check the path") from error
    folders = [path for path in inside if path.is_dir() and not path.name.startswith(".")]
    if not folders:
        raise FileFormatError(f"{root} holds no folders; give one with a folder for each subject")
    cases: list[SeriesCase] = []
    problems: list[str] = []
    for number, folder in enumerate(folders, start=1):
        try:
            cases.append(_series_case(f"folder {number}", folder, target, guide))
        except CrossresError as error:
            problems.append(f"folder {number}: {error}".replace(str(folder), "it"))
        if progress is not None:
            progress(number, len(folders))
    if problems:
        raise FileFormatError(_told(problems, len(folders)))
    return cases


def _series_case(name: str, folder: Path, target: str, guide: str | None) -> SeriesCase:
    remedy = "choose by words that fit one series in every folder, or take this folder out"
    wanted = [target] if guide is None else [target, guide]
    found = [*find_inputs(folder, wanted, remedy=remedy), None]
    assert found[0] is not None  # a choice that fits nothing has been refused
    return SeriesCase(name, (found[0], found[1]))


def _told(problems: Sequence[str], count: int) -> str:
    """Say in one line in which folders there is no choice."""
    shown, rest = problems[:_SHOWN], len(problems) - _SHOWN
    more = [f"and {rest} more"] if rest > 0 else []
    which = f"{len(problems)} of {count} folders (numbered by name) cannot be used"
    return f"{which}: {' | '.join([*shown, *more])}"


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
