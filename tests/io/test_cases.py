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


def make_pair(factors=(2, 2, 1)) -> Pair:
    coarse = Grid((8, 6, 5), np.diag([2.0, 2.0, 3.0, 1.0]))
    fine = coarse.refined(factors)
    rng = np.random.default_rng(0)
    target = rng.uniform(100, 200, coarse.shape)
    target[:, :, [0, 3]] = 0
    return Pair(Volume(target, coarse), fine, Volume(rng.uniform(1, 5, fine.shape), fine))


@pytest.mark.parametrize("stored", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_an_example_holds_the_slices_that_are_not_empty(stored):
    pair, how = make_pair(), (stored, (True, False, False))
    turned = Pair(
        pair.target.reordered(*how), pair.fine.reordered(*how), pair.guide.reordered(*how)
    )
    example = example_of(turned)
    expected = pair.target.data[:, :, [1, 2, 4]] / intensity_scale(pair.target.data)
    np.testing.assert_allclose(example.target[:, 0].permute(1, 2, 0).numpy(), expected, rtol=1e-6)
    expected = pair.guide.data[:, :, [1, 2, 4]] / intensity_scale(pair.guide.data)
    np.testing.assert_allclose(example.guide[:, 0].permute(1, 2, 0).numpy(), expected, rtol=1e-6)
    assert (example.coarse, example.fine) == (pair.target.grid, pair.fine)


@pytest.mark.parametrize("stored", [(0, 1, 2), (2, 0, 1)])
def test_an_example_in_the_plane_holds_thick_slices_and_what_the_guide_shows_of_them(stored):
    pair, how = make_pair((1, 1, 3)), (stored, (False, True, False))
    turned = Pair(
        pair.target.reordered(*how), pair.fine.reordered(*how), pair.guide.reordered(*how)
    )
    example = plane_example(turned)
    kept = [1, 2, 4]
    expected = pair.target.data[:, :, kept] / intensity_scale(pair.target.data)
    np.testing.assert_allclose(example.target[:, 0].permute(1, 2, 0).numpy(), expected, rtol=1e-6)
    acquired = Acquisition(pair.fine, pair.target.grid).forward(
        torch.from_numpy(pair.guide.data)[None, None]
    )[0, 0, :, :, kept]
    seen = example.guide[:, 0].permute(1, 2, 0)
    torch.testing.assert_close(seen / seen.mean(), acquired / acquired.mean())


def test_two_axes_that_get_finer_leave_no_plane_to_learn_from():
    with pytest.raises(GridError, match="wants one axis"):
        plane_example(make_pair())


def test_an_example_without_a_guide():
    pair = make_pair()
    assert example_of(Pair(pair.target, pair.fine)).guide is None


def test_slices_lie_along_the_axis_that_does_not_change():
    example = example_of(make_pair((1, 2, 2)))
    assert example.target.shape == (8, 1, 6, 5)
    assert example.guide.shape == (8, 1, 12, 10)


def test_a_reference_is_an_example_of_itself():
    pair = make_pair()
    reference = Volume(pair.guide.data, pair.fine)
    example = example_of(Pair(reference, pair.fine, pair.guide))
    assert torch.equal(example.target, example.guide)
    assert example.coarse == example.fine


def test_an_empty_target():
    pair = make_pair()
    with pytest.raises(VolumeError, match="no intensity above 0"):
        example_of(Pair(pair.target.with_data(pair.target.data * 0), pair.fine))


@pytest.mark.realdata
def test_the_cohort_is_found(data_root):
    cases = find_cases(data_root / "cohort")
    assert len(cases) == 20
    assert all(case.target.is_file() and case.guide.is_file() for case in cases)
