"""Cases are files by their names, or DICOM series where those are chosen."""

from pathlib import Path

import pytest

from crossres.types import FileFormatError, SettingsError
from crossres.workflows.train import find_training_cases


def test_files_are_found_by_their_names(folder: Path) -> None:
    cases = find_training_cases(folder, target="T2w", guide="T1w")
    assert [case.name for case in cases] == ["sub-0", "sub-1"]
    assert all(case.inputs[1] is not None for case in cases)
    unguided = find_training_cases(folder, target="T2w", guide=None)
    assert [case.inputs[1] for case in unguided] == [None, None]


@pytest.mark.parametrize(
    ("guide", "target_series", "guide_series"),
    [("T1w", "t2", None), ("T1w", None, "t1"), (None, "t2", "t1"), (None, None, "t1")],
)
def test_series_are_chosen_for_both_or_none(
    folder: Path, guide: str | None, target_series: str | None, guide_series: str | None
) -> None:
    with pytest.raises(SettingsError, match="`target_series` and `guide_series`"):
        find_training_cases(
            folder, target="T2w", guide=guide,
            target_series=target_series, guide_series=guide_series,
        )  # fmt: skip


def test_a_choice_of_series_requires_folders_of_dicom_files(folder: Path) -> None:
    with pytest.raises(FileFormatError):
        find_training_cases(
            folder, target="T2w", guide="T1w", target_series="t2", guide_series="t1"
        )
