"""A result has the name of its target with the requested resolution; no other result has it."""

import math
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from crossres.io import BidsDataset, Scan
from crossres.types import SettingsError
from crossres.volume import Grid
from crossres.workflows.cohort import Match, Resolution, Selection, distinct_matches, output_volume

X4 = Resolution(factor=(4.0,))


def scan(place: str) -> Scan:
    stem = Path(place).name.split(".")[0]
    entities = dict(part.split("-") for part in stem.split("_")[:-1])
    return Scan(Path("/data") / place, PurePosixPath(place), entities)


@pytest.mark.parametrize(
    ("target", "volume"),
    [
        ("sub-1/anat/sub-1_T2w.nii", "sub-1/anat/sub-1_res-x4_desc-sr_T2w.nii.gz"),
        ("sub-1/ses-a/anat/sub-1_ses-a_acq-x_run-1_FLAIR.nii.gz",
         "sub-1/ses-a/anat/sub-1_ses-a_acq-x_run-1_res-x4_desc-sr_FLAIR.nii.gz"),
        ("sub-1/anat/sub-1_space-mni_res-2_desc-preproc_PDw.nii.gz",
         "sub-1/anat/sub-1_space-mni_res-x4_desc-sr_PDw.nii.gz"),
    ],
)  # fmt: skip
def test_names(target: str, volume: str) -> None:
    assert output_volume(Match(scan(target), None), Path("out"), X4) == Path("out") / volume


def test_requested_resolutions_have_labels_of_their_own() -> None:
    factors = [Resolution(factor=one) for one in ((4.0,), (4.0, 4.0, 1.0), (1.5,), (1.0, 1.0, 4.0))]
    spacings = [Resolution(spacing=one) for one in ((1.0,), (1.0, 1.0, 4.0), (0.9375,), (4.0,))]
    labels = [each.label for each in (*factors, *spacings)]
    assert len(set(labels)) == len(labels)
    assert all(label.isascii() and label.isalnum() for label in labels), "BIDS allows no others"


def test_the_meaning_of_a_label_is_the_size_of_the_voxels_and_the_request() -> None:
    grid = Grid((8, 8, 4), np.diag([0.5, 0.5, 3.0, 1.0]))
    assert X4.described(grid) == "Voxels of 0.5 x 0.5 x 3 mm (requested: factor 4)"
    assert Resolution(spacing=(0.5, 0.5, 3.0)).described(grid).endswith("spacing 0.5,0.5,3)")


@pytest.mark.parametrize(
    "resolution",
    [Resolution((2.0,), (1.0,)), Resolution((17.0,)), Resolution((1.0, 1.0, 1.0))],
)
def test_a_request_that_fails_for_every_case_is_refused(resolution: Resolution) -> None:
    with pytest.raises(SettingsError):
        resolution.check()


@pytest.mark.parametrize(
    "spacing", [(0.0,), (-1.0,), (1.0, 1.0), (1.0, 1.0, math.inf), (math.nan,)]
)
def test_an_impossible_spacing_is_refused(spacing: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match="one number or three above 0 mm"):
        Resolution(spacing=spacing).check()


@pytest.mark.parametrize("spacing", [(0.8,), (1.0, 1.0, 4.0)])
def test_a_spacing_that_some_scan_may_have_is_no_error(spacing: tuple[float, ...]) -> None:
    Resolution(spacing=spacing).check()


def test_targets_with_the_same_output_file(tmp_path: Path) -> None:
    for name in ("sub-1_desc-a_T2w", "sub-1_desc-b_T2w", "sub-2_desc-a_T2w", "sub-3_T2w"):
        path = tmp_path / name[:5] / "anat" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    matches, failures = distinct_matches(BidsDataset(tmp_path), Selection("T2w", None))
    assert [match.name for match in matches] == ["sub-2_desc-a", "sub-3"]
    assert [failure.name for failure in failures] == ["sub-1_desc-a", "sub-1_desc-b"]
    assert all("choose one by `filters`" in failure.reason for failure in failures)


def test_without_a_request_each_result_is_isotropic() -> None:
    Resolution().check()
    assert Resolution().label == "iso"
    grid = Grid((4, 4, 4), np.eye(4))
    assert Resolution().described(grid).startswith("Voxels of 1 x 1 x 1 mm (requested: isotropic")
