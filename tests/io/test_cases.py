"""Cases are found by BIDS names, each target with its guide; examples are what learning takes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from crossres.inference import example_of, plane_example
from crossres.io import Case, find_cases, split_by_name
from crossres.physics import Acquisition
from crossres.types import FileFormatError, GridError, VolumeError
from crossres.volume import Grid, Pair, Volume, intensity_scale


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_finds_targets_and_guides_in_subfolders(tmp_path):
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
