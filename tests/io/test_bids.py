"""Scans are found where BIDS defines them, under their own names, and nowhere else."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from crossres.io import BidsDataset
from crossres.types import CrossresWarning, FileFormatError, SettingsError


def touch(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def places(root: Path, suffix: str = "T2w", **filters: list[str] | None) -> list[str]:
    return [str(scan.place) for scan in BidsDataset(root).scans(suffix, filters)]


def test_subjects_with_and_without_sessions(tmp_path: Path) -> None:
    touch(tmp_path, "sub-02/anat/sub-02_T2w.nii.gz", "sub-01/ses-b/anat/sub-01_ses-b_T2w.nii.gz")
    one, two = BidsDataset(tmp_path).scans("T2w")
    assert one.entities == {"sub": "01", "ses": "b"}
    assert (one.home, two.home) == ("sub-01/ses-b", "sub-02")
    assert (one.stem, one.suffix) == ("sub-01_ses-b_T2w", "T2w")
    assert two.path == tmp_path / "sub-02/anat/sub-02_T2w.nii.gz"
    one.check()


def test_any_contrast_and_datatype(tmp_path: Path) -> None:
    names = [f"sub-1/anat/sub-1_{contrast}.nii.gz" for contrast in ("FLAIR", "PDw", "T1w")]
    touch(tmp_path, *names, "sub-1/perf/sub-1_m0scan.nii.gz", "sub-1/anat/sub-1_T1w.json")
    for contrast in ("FLAIR", "PDw", "T1w", "m0scan"):
        assert len(places(tmp_path, contrast)) == 1
    assert BidsDataset(tmp_path).suffixes() == {"FLAIR": 1, "PDw": 1, "T1w": 1, "m0scan": 1}


@pytest.mark.parametrize(
    "elsewhere",
    [
        "derivatives/fs/sub-01/anat/sub-01_T2w.nii.gz",
        "sourcedata/sub-01/anat/sub-01_T2w.nii.gz",
        "code/sub-01/anat/sub-01_T2w.nii.gz",
        ".git/annex/sub-01/anat/sub-01_T2w.nii.gz",
        "sub-01_T2w.nii.gz",
        "sub-01/sub-01_T2w.nii.gz",
        "sub-01/anat/more/deep/sub-01_T2w.nii.gz",
        "sub-01/scans/anat/sub-01_T2w.nii.gz",
        "group/anat/sub-01_T2w.nii.gz",
        "sub-01/anat/head_T2w.nii.gz",
        "sub-01/anat/sub-01_T2w_old.nii.gz",
        "sub-01/anat/sub-01_T2w.mgz",
        "sub-01/anat/sub-01_T2W.nii.gz",
    ],
)
def test_what_is_no_scan_of_this_dataset(tmp_path: Path, elsewhere: str) -> None:
    touch(tmp_path, elsewhere, "sub-09/anat/sub-09_T2w.nii.gz")
    assert places(tmp_path) == ["sub-09/anat/sub-09_T2w.nii.gz"]


def test_a_scan_stored_twice_is_one(tmp_path: Path) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T2w.nii", "sub-1/anat/sub-1_T2w.nii.gz")
    touch(tmp_path, "sub-2/anat/sub-2_T2w.nii")
    assert places(tmp_path) == ["sub-1/anat/sub-1_T2w.nii.gz", "sub-2/anat/sub-2_T2w.nii"]


def test_links_are_kept_as_they_appear(tmp_path: Path) -> None:
    store = touch(tmp_path / "annex", "MD5-abc")
    root = touch(tmp_path / "study", "sub-1/anat/x.json")
    (root / "sub-1/anat/sub-1_T2w.nii.gz").symlink_to(store / "MD5-abc")
    [scan] = BidsDataset(root).scans("T2w")
    assert scan.path == root / "sub-1/anat/sub-1_T2w.nii.gz"
    scan.check()
    (store / "MD5-abc").unlink()
    with pytest.raises(FileFormatError, match=r"sub-1_T2w.nii.gz is a link .* fetch it"):
        scan.check()


def test_a_linked_subject(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere", "anat/sub-1_T2w.nii.gz")
    (tmp_path / "study").mkdir()
    (tmp_path / "study/sub-1").symlink_to(tmp_path / "elsewhere")
    assert places(tmp_path / "study") == ["sub-1/anat/sub-1_T2w.nii.gz"]


def test_a_loop_of_links_gives_no_scan_twice(tmp_path: Path) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T2w.nii.gz")
    (tmp_path / "sub-1/ses-loop").symlink_to("..")
    assert places(tmp_path) == ["sub-1/anat/sub-1_T2w.nii.gz"]


@pytest.mark.parametrize(
    "place", ["sub-1/anat/sub-2_T2w.nii.gz", "sub-1/ses-a/anat/sub-1_T2w.nii.gz"]
)
def test_a_name_that_contradicts_its_folder(tmp_path: Path, place: str) -> None:
    [scan] = BidsDataset(touch(tmp_path, place)).scans("T2w")
    with pytest.raises(FileFormatError, match=r"is named for sub-\d; move or rename it"):
        scan.check()


def test_filters(tmp_path: Path) -> None:
    names = ("sub-1_T2w", "sub-1_acq-ax_T2w", "sub-1_acq-cor_run-01_T2w", "sub-1_run-2_T2w")
    touch(tmp_path, *(f"sub-1/anat/{name}.nii.gz" for name in names), "sub-2/anat/sub-2_T2w.nii")
    for filters, count in (
        ({"acq": ["ax"]}, 1),
        ({"acq": ["ax", "cor"]}, 2),
        ({"acq": None}, 3),
        ({"acq": ["*"]}, 2),
        ({"run": ["1"]}, 1),
        ({"run": ["01"]}, 1),
        ({"sub": ["1"], "acq": None}, 2),
        ({"sub": ["01"]}, 0),
    ):
        assert len(places(tmp_path, **filters)) == count, filters


def test_magnitude_images_unless_requested_otherwise(tmp_path: Path) -> None:
    names = ("sub-1_part-mag_T2w", "sub-1_part-phase_T2w", "sub-1_run-1_part-real_T2w")
    touch(tmp_path, *(f"sub-1/anat/{name}.nii.gz" for name in names))
    assert places(tmp_path) == ["sub-1/anat/sub-1_part-mag_T2w.nii.gz"]
    assert places(tmp_path, part=["phase"]) == ["sub-1/anat/sub-1_part-phase_T2w.nii.gz"]


def test_entities_and_suffixes_that_bids_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no entity 'acquisition'; give one of sub, .*acq"):
        places(tmp_path, acquisition=["ax"])
    for suffix in ("*", "", "T2 w", "../T2w"):
        with pytest.raises(SettingsError, match="no BIDS suffix; give such as T2w"):
            places(tmp_path, suffix)


def test_folders_with_spaces_and_relative_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = touch(tmp_path / "my study (old)", "sub-1/anat/sub-1_T2w.nii.gz")
    monkeypatch.chdir(root)
    for given in (root, f"{root}/", ".", "../my study (old)"):
        [scan] = BidsDataset(given).scans("T2w")
        assert scan.path.is_absolute()
        assert scan.path.samefile(root / scan.place)


@pytest.mark.parametrize("given", ["missing", "file"])
def test_what_is_no_folder(tmp_path: Path, given: str) -> None:
    touch(tmp_path, "file")
    with pytest.raises(FileFormatError, match="is not a folder; give the root of a BIDS dataset"):
        BidsDataset(tmp_path / given)


def test_a_dataset_without_anything(tmp_path: Path) -> None:
    dataset = BidsDataset(tmp_path)
    assert (dataset.scans("T2w"), dataset.suffixes(), dataset.description) == ([], {}, {})


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"BIDSVersion": 3}', "\xff\xfe"])
def test_a_damaged_description(tmp_path: Path, text: str) -> None:
    (tmp_path / "dataset_description.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FileFormatError, match=r"description.json is no .*JSON.*; repair it"):
        BidsDataset(tmp_path)


@pytest.mark.parametrize("version", ["1.0.2", "1.10.0", "99.0"])
def test_descriptions_of_any_version(tmp_path: Path, version: str) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T2w.nii.gz")
    text = f'{{"Name": "x", "BIDSVersion": "{version}", "Own": {{"a": [1]}}}}'
    (tmp_path / "dataset_description.json").write_text(text)
    dataset = BidsDataset(tmp_path)
    assert dataset.description["Name"] == "x"
    assert len(dataset.scans("T2w")) == 1


class Trap:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.trace),)


def test_nothing_in_a_dataset_is_executed(tmp_path: Path) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T2w.nii.gz")
    trap = pickle.dumps(Trap(tmp_path / "trapped"))
    (tmp_path / ".ancpbids-dataset.pickle").write_bytes(trap)
    assert len(places(tmp_path)) == 1
    assert not (tmp_path / "trapped").exists()


def test_a_description_with_a_byte_order_mark(tmp_path: Path) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T2w.nii.gz")
    text = '{"Name": "x", "BIDSVersion": "1.8.0"}'
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "dataset_description.json").write_bytes(text.encode(encoding))
        assert BidsDataset(tmp_path).description["Name"] == "x"
        assert places(tmp_path) == ["sub-1/anat/sub-1_T2w.nii.gz"]


def test_a_description_whose_content_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "dataset_description.json").symlink_to(".git/annex/objects/gone")
    with pytest.raises(FileFormatError, match=r"cannot read .*description.json: No such file"):
        BidsDataset(tmp_path)


def test_folders_that_cannot_be_read_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "sub-1/anat/sub-1_T2w.nii.gz", "sub-2/anat/sub-2_T2w.nii.gz")
    scandir = os.scandir

    def forbidden(path: Path) -> object:
        if Path(path).name == "sub-2":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.warns(CrossresWarning, match="cannot read sub-2 in the dataset: Permission denied"):
        assert places(tmp_path) == ["sub-1/anat/sub-1_T2w.nii.gz"]
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    with pytest.raises(FileFormatError, match=r"cannot read .*: No such file .*; check the path"):
        BidsDataset(tmp_path / "sub-9")


def test_names_that_are_not_utf8_or_hold_a_backslash(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"st\xfcdy")
    name = os.fsdecode(b"sub-\xe4_T2w.nii.gz")
    touch(root, f"sub-\udce4/anat/{name}", "sub-1/anat/sub-1\\sub-2_T2w.nii.gz")
    [scan] = BidsDataset(root).scans("T2w")
    assert scan.path == root / "sub-\udce4/anat" / name
    scan.check()


def inherited(tmp_path: Path, **files: str) -> dict[str, object]:
    """Return the metadata of one scan, with the content of JSON files by their places."""
    root = touch(tmp_path, "sub-1/ses-a/anat/sub-1_ses-a_acq-x_run-01_T2w.nii.gz")
    for place, text in files.items():
        touch(root, place)
        (root / place).write_text(text)
    dataset = BidsDataset(root)
    [scan] = dataset.scans("T2w")
    return dataset.metadata(scan)


LEVELS = (
    "T2w.json", "acq-x_T2w.json", "sub-1/sub-1_T2w.json", "sub-1/ses-a/sub-1_ses-a_T2w.json",
    "sub-1/ses-a/anat/sub-1_ses-a_T2w.json", "sub-1/ses-a/anat/sub-1_ses-a_run-1_T2w.json",
    "sub-1/ses-a/anat/sub-1_ses-a_acq-x_run-01_T2w.json",
)  # fmt: skip


@pytest.mark.parametrize("count", range(1, len(LEVELS) + 1))
def test_metadata_are_inherited_from_every_level_nearest_last(tmp_path: Path, count: int) -> None:
    files = {p: f'{{"EchoTime": {n}, "from{n}": true}}' for n, p in enumerate(LEVELS[:count])}
    found = inherited(tmp_path, **files)
    assert found == {"EchoTime": count - 1, **{f"from{n}": True for n in range(count)}}


@pytest.mark.parametrize(
    "place",
    [
        "T1w.json", "acq-y_T2w.json", "sub-1/sub-1_acq-y_T2w.json", "sub-1/sub-1_rec-a_T2w.json",
        "sub-2/sub-2_T2w.json", "sub-1/ses-b/sub-1_T2w.json", "sub-1/ses-a/anat/T2w_old.json",
        "sub-1/ses-a/anat/more/sub-1_T2w.json", "code/T2w.json", "sub-1/ses-a/anat/notes.json",
    ],
)  # fmt: skip
def test_what_applies_to_other_scans_is_not_inherited(tmp_path: Path, place: str) -> None:
    assert inherited(tmp_path, **{place: "damaged"}) == {}


@pytest.mark.parametrize("place", LEVELS)
@pytest.mark.parametrize("text", ['{"SkullStripped": true', "[]", "", "\udcff"])
def test_metadata_that_cannot_be_read_are_not_empty(tmp_path: Path, place: str, text: str) -> None:
    touch(tmp_path, place)
    (tmp_path / place).write_bytes(os.fsencode(text))
    with pytest.raises(FileFormatError, match=rf"{Path(place).name} is no .*JSON"):
        inherited(tmp_path)


def test_metadata_with_a_byte_order_mark_and_nan(tmp_path: Path) -> None:
    text = '\ufeff{"SkullStripped": true, "Noise": NaN}'
    assert inherited(tmp_path, **{LEVELS[0]: text}) == {"SkullStripped": True, "Noise": None}


@pytest.mark.realdata
def test_real_sessions_are_found(data_root: Path) -> None:
    dataset = BidsDataset(data_root / "clinical")
    assert dataset.suffixes() == {"T1w": 3, "T2w": 3, "FLAIR": 3}
    assert [scan.home for scan in dataset.scans("T2w")] == [
        "sub-01/ses-1", "sub-04/ses-1", "sub-12/ses-1",
    ]  # fmt: skip
