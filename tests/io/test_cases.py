"""Cases are found by BIDS names or by series, each target with its guide."""

from pathlib import Path

import numpy as np
import pytest

from crossres.io import Case, SeriesCase, find_cases, find_series_cases, split_by_name
from crossres.types import FileFormatError
from crossres.volume import Grid
from dicom_files import WORDS, blob, write_files


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_targets_and_guides_in_subfolders_are_found(tmp_path):
    touch(
        tmp_path,
        "sub-02/ses-1/anat/sub-02_ses-1_T2w.nii.gz", "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz",
        "sub-01/anat/sub-01_T2w.nii", "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-01/anat/sub-01_FLAIR.nii.gz", "sub-01/anat/sub-01_T2w.json",
        "derivatives/sub-03_T2w.nii.gz", "sourcedata/sub-04/sub-04_T2w.nii.gz",
    )  # fmt: skip
    folder = tmp_path / "sub-01/anat"
    one, two = find_cases(tmp_path)
    assert one == Case("sub-01", folder / "sub-01_T2w.nii", folder / "sub-01_T1w.nii.gz")
    assert two.name == "sub-02_ses-1"
    assert find_cases(str(tmp_path)) == [one, two]


def test_a_root_inside_derivatives_is_searched(tmp_path):
    root = tmp_path / "derivatives"
    touch(root, "sub-01_T2w.nii.gz", "sub-01_T1w.nii.gz")
    assert [case.name for case in find_cases(root)] == ["sub-01"]


def test_other_contrasts(tmp_path):
    touch(tmp_path, "sub-01_FLAIR.nii.gz", "sub-01_T2w.nii.gz", "sub-02_FLAIR.nii.gz")
    [case] = find_cases(tmp_path, target="T2w", guide="FLAIR")
    assert case.guide == tmp_path / "sub-01_FLAIR.nii.gz"
    unguided = find_cases(tmp_path, target="FLAIR", guide=None)
    assert [case.guide for case in unguided] == [None, None]


def test_a_scan_stored_twice_is_one_case(tmp_path):
    touch(tmp_path, *(f"sub-01_{c}{s}" for c in ("T1w", "T2w") for s in (".nii", ".nii.gz")))
    [case] = find_cases(tmp_path)
    assert case.target == tmp_path / "sub-01_T2w.nii.gz"
    assert case.guide == tmp_path / "sub-01_T1w.nii.gz"


def test_a_target_without_its_guide(tmp_path):
    touch(tmp_path, "sub-01_T2w.nii.gz", "sub-01_T1w.nii.gz", "sub-02_T2w.nii.gz")
    with pytest.raises(FileFormatError, match=r"has no sub-02_T1w\.nii\.gz beside it; add or excl"):
        find_cases(tmp_path)


@pytest.mark.parametrize("folder", [".", "missing"])
def test_no_target_at_all(tmp_path, folder):
    touch(tmp_path, "sub-01_T1w.nii.gz", "derivatives/sub-01_T2w.nii.gz")
    with pytest.raises(FileFormatError, match=r"no file named \*_T2w\.nii\.gz under .*name scans"):
        find_cases(tmp_path / folder)


GRID = Grid((4, 3, 2), np.diag([-1.0, -1.0, 3.0, 1.0]))


def exports(root: Path, *subjects: str, descriptions: tuple[str, ...] = ("T2 tse", "T1")) -> Path:
    for subject in subjects:
        for description in descriptions:
            write_files(root / subject, blob(GRID), description)
    return root


def test_series_of_each_folder_are_numbered_by_name(tmp_path):
    root = exports(tmp_path, "Quintilia", "Ludmilla", ".hidden")
    calls = []
    cases = find_series_cases(
        root, target="tse", guide="t1", progress=lambda done, steps: calls.append((done, steps))
    )
    assert [case.name for case in cases] == ["folder 1", "folder 2"]
    assert [scan.name for case in cases for scan in case.inputs] == ["T2 tse", "T1"] * 2
    assert cases[0].inputs[0].path == root / "Ludmilla"
    assert calls == [(1, 2), (2, 2)]
    [case, _] = find_series_cases(root, target="tse", guide=None)
    assert isinstance(case, SeriesCase)
    assert case.inputs[1] is None


def test_every_folder_without_a_match_is_named_by_number(tmp_path):
    root = exports(tmp_path, "Testperson")
    exports(tmp_path, *(f"Quintilia{n}" for n in range(5)), descriptions=("T2 tse",))
    with pytest.raises(FileFormatError, match=r"^5 of 6 folders.*folder 1: no .*and 2 more$") as e:
        find_series_cases(root, target="tse", guide="t1")
    assert not any(word in str(e.value) for word in WORDS)


def test_target_and_guide_are_two_series(tmp_path):
    with pytest.raises(FileFormatError, match="'tse' and 't2' fit one and the same series"):
        find_series_cases(exports(tmp_path, "a"), target="tse", guide="t2")


def test_a_root_without_folders(tmp_path):
    with pytest.raises(FileFormatError, match="holds no folders"):
        find_series_cases(tmp_path, target="t2", guide=None)
    with pytest.raises(FileFormatError, match=r"No such file.*check the path"):
        find_series_cases(tmp_path / "missing", target="t2", guide=None)


def test_split_by_name():
    cases = [Case(f"sub-{n}", Path(f"sub-{n}_T2w.nii"), None) for n in range(5)]
    kept, held_out = split_by_name(cases, ["sub-3", "sub-0"])
    assert [case.name for case in kept] == ["sub-1", "sub-2", "sub-4"]
    assert [case.name for case in held_out] == ["sub-0", "sub-3"]
    with pytest.raises(FileFormatError, match="no case named sub-7, sub-9 to hold out"):
        split_by_name(cases, ["sub-9", "sub-3", "sub-7"])


@pytest.mark.realdata
def test_the_cohort_is_found(data_root):
    cases = find_cases(data_root / "cohort")
    assert len(cases) == 20
    assert all(case.target.is_file() and case.guide.is_file() for case in cases)
