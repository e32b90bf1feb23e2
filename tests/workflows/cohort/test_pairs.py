"""Each target gets the guide of its subject, session, run and acquisition, or a clear line."""

from pathlib import Path

import pytest

from crossres.io import BidsDataset
from crossres.types import FileFormatError, SettingsError
from crossres.workflows.cohort import Selection, find_matches

T2_FOR_T1 = Selection("T2w", "T1w")


def touch(root: Path, *stems: str) -> BidsDataset:
    """Make empty scans from names alone."""
    for stem in stems:
        labels = dict(part.split("-") for part in stem.split("_")[:-1])
        folder = root / f"sub-{labels['sub']}"
        folder = folder / f"ses-{labels['ses']}" if "ses" in labels else folder
        (folder / "anat").mkdir(parents=True, exist_ok=True)
        (folder / "anat" / f"{stem}.nii.gz").touch()
    return BidsDataset(root)


def pairs(dataset: BidsDataset, selection: Selection = T2_FOR_T1) -> dict[str, str | None]:
    """Return the guide's stem by case."""
    matches, failures = find_matches(dataset, selection)
    assert failures == []
    return {match.name: match.guide and match.guide.stem for match in matches}


def refused(dataset: BidsDataset, selection: Selection = T2_FOR_T1) -> str:
    """Return why the only target is no case."""
    matches, [failure] = find_matches(dataset, selection)
    assert matches == []
    assert failure.state == "failed"
    assert "\n" not in failure.reason
    return failure.reason


def test_same_subject_and_session(tmp_path: Path) -> None:
    stems = [f"sub-{s}_ses-{t}_{c}" for s in (1, 2) for t in ("a", "b") for c in ("T1w", "T2w")]
    assert pairs(touch(tmp_path, *stems)) == {
        f"sub-{s}_ses-{t}": f"sub-{s}_ses-{t}_T1w" for s in (1, 2) for t in ("a", "b")
    }


def test_the_same_run_is_preferred(tmp_path: Path) -> None:
    dataset = touch(tmp_path, *(f"sub-1_run-{n}_{c}" for n in (1, 2) for c in ("T1w", "T2w")))
    assert pairs(dataset) == {f"sub-1_run-{n}": f"sub-1_run-{n}_T1w" for n in (1, 2)}


def test_then_the_same_acquisition(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_acq-a_T2w", "sub-1_acq-a_T1w", "sub-1_acq-b_T1w")
    assert pairs(dataset) == {"sub-1_acq-a": "sub-1_acq-a_T1w"}


def test_a_guide_without_labels_goes_with_a_target_without_labels(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_T2w", "sub-1_T1w", "sub-1_run-2_T1w", "sub-1_acq-x_T1w")
    assert pairs(dataset) == {"sub-1": "sub-1_T1w"}


def test_run_01_is_run_1(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_run-01_T2w", "sub-1_run-1_T1w", "sub-1_run-2_T1w")
    assert pairs(dataset) == {"sub-1_run-01": "sub-1_run-1_T1w"}


def test_else_the_only_one(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_acq-tse_run-1_T2w", "sub-1_acq-mprage_run-2_T1w")
    assert pairs(dataset) == {"sub-1_acq-tse_run-1": "sub-1_acq-mprage_run-2_T1w"}


def test_several_possible_guides_are_named(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_T2w", "sub-1_acq-low_T1w", "sub-1_acq-high_T1w")
    line = refused(dataset)
    assert "sub-1_acq-high_T1w.nii.gz, sub-1_acq-low_T1w.nii.gz" in line
    assert line.endswith("choose by `guide_filters` acq=high")
    chosen = Selection("T2w", "T1w", guide_filters={"acq": ["high"]})
    assert pairs(dataset, chosen) == {"sub-1": "sub-1_acq-high_T1w"}


def test_a_subject_without_a_guide_stops_no_other(tmp_path: Path) -> None:
    matches, [failure] = find_matches(
        touch(tmp_path, "sub-1_T2w", "sub-2_T2w", "sub-2_T1w"), T2_FOR_T1
    )
    assert [match.name for match in matches] == ["sub-2"]
    assert failure.name == "sub-1"
    assert failure.reason == "no T1w for sub-1; add one, or set `guide` to none"


def test_a_guide_of_another_session_only_if_allowed(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_ses-b_T2w", "sub-1_ses-a_T1w")
    assert "no T1w in sub-1/ses-b, but in sub-1/ses-a; set `any_session`" in refused(dataset)
    selection = Selection("T2w", "T1w", any_session=True)
    assert pairs(dataset, selection) == {"sub-1_ses-b": "sub-1_ses-a_T1w"}
    touch(tmp_path, "sub-1_ses-c_T1w")
    assert "`guide_filters` ses=a" in refused(BidsDataset(tmp_path), selection)
    touch(tmp_path, "sub-1_ses-b_T1w")
    assert pairs(BidsDataset(tmp_path), selection) == {"sub-1_ses-b": "sub-1_ses-b_T1w"}


def test_no_session_is_not_any_session(tmp_path: Path) -> None:
    assert "but in sub-1;" in refused(touch(tmp_path, "sub-1_ses-a_T2w", "sub-1_T1w"))


@pytest.mark.parametrize(("target", "guide"), [("FLAIR", "T1w"), ("PDw", "T2w"), ("T1w", "FLAIR")])
def test_contrasts_are_only_names(tmp_path: Path, target: str, guide: str) -> None:
    dataset = touch(tmp_path, *(f"sub-1_{c}" for c in ("FLAIR", "PDw", "T1w", "T2w")))
    assert pairs(dataset, Selection(target, guide)) == {"sub-1": f"sub-1_{guide}"}


def test_without_a_guide(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_T2w", "sub-2_T2w", "sub-2_T1w")
    assert pairs(dataset, Selection("T2w", None)) == {"sub-1": None, "sub-2": None}


def test_a_guide_of_the_targets_contrast_is_another_scan(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_acq-ax_T2w", "sub-1_acq-cor_T2w")
    chosen = Selection("T2w", "T2w", {"acq": ["ax"]}, {"acq": ["cor"]})
    assert pairs(dataset, chosen) == {"sub-1_acq-ax": "sub-1_acq-cor_T2w"}
    alone = Selection("T2w", "T2w", {"acq": ["ax"]}, {"acq": ["ax"]})
    assert "no T2w for sub-1; add one" in refused(dataset, alone)


@pytest.mark.parametrize("which", ["T1w", "T2w"])
def test_a_broken_link(tmp_path: Path, which: str) -> None:
    touch(tmp_path, "sub-1_T1w", "sub-1_T2w")
    path = tmp_path / f"sub-1/anat/sub-1_{which}.nii.gz"
    path.unlink()
    path.symlink_to("nowhere")
    assert f"sub-1_{which}.nii.gz is a link" in refused(BidsDataset(tmp_path))


def test_a_scan_in_the_wrong_folder(tmp_path: Path) -> None:
    (tmp_path / "sub-1/anat").mkdir(parents=True)
    (tmp_path / "sub-1/anat/sub-2_T2w.nii.gz").touch()
    assert "is named for sub-2; move or rename it" in refused(BidsDataset(tmp_path))


def test_a_missing_target_lists_the_existing_suffixes(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_T1w", "sub-2_T1w", "sub-2_FLAIR")
    with pytest.raises(
        FileFormatError, match=r"no T2w image below .*it has FLAIR \(1\), T1w \(2\)"
    ):
        find_matches(dataset, T2_FOR_T1)
    with pytest.raises(FileFormatError, match="no T1w image that passes the filters"):
        find_matches(dataset, Selection("T1w", None, {"sub": ["3"]}))


def test_an_empty_dataset(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="it has no image at all: give another `target`"):
        find_matches(BidsDataset(tmp_path), T2_FOR_T1)


@pytest.mark.realdata
@pytest.mark.parametrize(("target", "guide"), [("T2w", "T1w"), ("FLAIR", "T1w"), ("T2w", None)])
def test_the_clinical_sessions(data_root: Path, target: str, guide: str | None) -> None:
    found = pairs(BidsDataset(data_root / "clinical"), Selection(target, guide))
    names = [f"sub-{number}_ses-1" for number in ("01", "04", "12")]
    assert found == {name: guide and f"{name}_{guide}" for name in names}


JOINED = Selection("T2w", "T1w", join="acq")


def test_scans_that_differ_in_one_entity_are_joined(tmp_path: Path) -> None:
    stems = [f"sub-{s}_acq-{a}_run-{n}_T2w" for s in (1, 2) for a in "xyz" for n in (1, 2)]
    dataset = touch(tmp_path, *stems, "sub-1_T1w", "sub-2_T1w")
    matches, failures = find_matches(dataset, JOINED)
    assert failures == []
    found = {match.name: [scan.entities["acq"] for scan in match.others] for match in matches}
    assert found == {f"sub-{s}_run-{n}": ["y", "z"] for s in (1, 2) for n in (1, 2)}
    assert matches[0].target.stem == "sub-1_acq-x_run-1_T2w"


def test_a_scan_by_itself_keeps_its_name(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_acq-x_T2w", "sub-1_T1w")
    assert pairs(dataset, JOINED) == {"sub-1_acq-x": "sub-1_T1w"}


def test_a_group_that_fails_is_named_as_a_whole(tmp_path: Path) -> None:
    dataset = touch(tmp_path, "sub-1_acq-ax_T2w", "sub-1_acq-cor_T2w", "sub-2_T2w", "sub-2_T1w")
    _, (failure,) = find_matches(dataset, JOINED)
    assert failure.name == "sub-1"


@pytest.mark.parametrize(("join", "text"), [("ses", "several ses"), ("colour", "no entity")])
def test_only_scans_of_one_session_are_joined(tmp_path: Path, join: str, text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        find_matches(touch(tmp_path, "sub-1_T2w"), Selection("T2w", None, join=join))
