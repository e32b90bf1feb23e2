"""The scans to train on: files by their names, or DICOM series by their descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossres.io import Case, SeriesCase, find_cases, find_series_cases
from crossres.types import Progress, SettingsError


def find_training_cases(
    folder: Path,
    *,
    target: str,
    guide: str | None,
    target_series: str | None = None,
    guide_series: str | None = None,
    progress: Progress | None = None,
) -> Sequence[Case | SeriesCase]:
    """Return NIfTI files by their names, or DICOM series where those are chosen.

    Args:
        folder: Folder of the scans, or of a folder of DICOM files for each subject.
        target: Contrast of the target, as BIDS writes it (T2w).
        guide: Contrast of the guide; None for unguided training.
        target_series: Which series of each folder, by description, part of it, or UID.
        guide_series: The same for the guide.
        progress: Called with (folders done, folders in all).

    Returns:
        The cases, sorted by name.

    Raises:
        SettingsError: The series of one of target and guide is chosen without the other's.
        FileFormatError: No case, a target without its guide, or a choice that does not fit one
            series in every folder.
    """
    if target_series is None and guide_series is None:
        return find_cases(folder, target=target, guide=guide)
    if target_series is None or (guide_series is None) != (guide is None):
        raise SettingsError(
            "of DICOM both series are chosen, with `target_series` and `guide_series`, or with "
            "`guide` none the target's alone; give the one that is missing, or leave one out"
        )
    return find_series_cases(folder, target=target_series, guide=guide_series, progress=progress)
