"""The output is a BIDS derivative of crossres; datasets of other programs are never changed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from crossres.files import atomic
from crossres.io import BidsDataset, Scan
from crossres.types import FileFormatError, OutputWriteError, SettingsError
from crossres.workflows.cohort import Match, check_folders, derivatives, initialise_derivatives
from crossres.workflows.cohort.derivatives import bids_metadata


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a dataset's folder, whose name must not appear in any output."""
    root = tmp_path / "Smith family" / "study"
    (root / "sub-1/anat").mkdir(parents=True)
    text = '{"Name": "Knees", "BIDSVersion": "1.8.0", "DatasetDOI": "doi:10.1/x"}'
    (root / "dataset_description.json").write_text(text)
    return root


def scan(place: str, root: Path = Path("/data")) -> Scan:
    stem = Path(place).name.split(".")[0]
    entities = dict(part.split("-") for part in stem.split("_")[:-1])
    return Scan(root / place, PurePosixPath(place), entities)


def described(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "dataset_description.json").read_text())
    return content


@pytest.mark.parametrize(
    "place", ["derivatives/crossres", "derivatives/a/b", "../elsewhere", "../new/folder"]
)
def test_folders_that_may_be_filled(raw: Path, place: str) -> None:
    check_folders(raw, raw / place)
    (raw / place).mkdir(parents=True)
    (raw / place / "notes.txt").touch()
    check_folders(raw, raw / place)


@pytest.mark.parametrize("place", [".", "sub-1", "out", "derivatives", "code/out", "../study/."])
def test_the_dataset_itself_is_no_output(raw: Path, place: str) -> None:
    with pytest.raises(SettingsError, match=r"lies in the dataset itself; .*derivatives/crossres"):
        check_folders(raw, raw / place)


def test_nor_is_a_link_to_it(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(raw)
    with pytest.raises(SettingsError, match="lies in the dataset itself"):
        check_folders(raw, tmp_path / "link")


@pytest.mark.parametrize("text", ['{"Name": "x"}', '{"GeneratedBy": [{"Name": "fmriprep"}]}'])
def test_the_dataset_of_another_program_is_refused(raw: Path, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "dataset_description.json").write_text(text)
    with pytest.raises(OutputWriteError, match="holds a dataset that crossres did not make"):
        check_folders(raw, out)


@pytest.mark.parametrize("text", ["{", "[]", "", "[" * 10_000])
def test_a_description_that_cannot_be_read_is_refused(raw: Path, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "dataset_description.json").write_text(text)
    with pytest.raises(FileFormatError, match=r"description.json is no .*JSON.*; repair it"):
        check_folders(raw, out)


def test_so_is_one_without_a_description(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "sub-1").mkdir(parents=True)
    with pytest.raises(OutputWriteError, match="did not make; choose an empty or new folder"):
        check_folders(raw, tmp_path / "out")


def test_a_file_is_no_folder(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(OutputWriteError, match="it is not a folder; choose another"):
        check_folders(raw, tmp_path / "out")
    with pytest.raises(OutputWriteError, match=r"cannot make .* choose a folder"):
        initialise_derivatives(BidsDataset(raw), tmp_path / "out" / "below")


def test_the_description(raw: Path) -> None:
    out = raw / "derivatives" / "crossres"
    initialise_derivatives(BidsDataset(raw), out)
    content = described(out)
    assert content["Name"] == "Knees, enhanced"
    assert content["DatasetType"] == "derivative"
    [generator] = content["GeneratedBy"]
    assert generator == {"Name": "crossres", "Version": metadata.version("crossres")}
    assert content["SourceDatasets"] == [{"URL": "bids:raw:", "DOI": "doi:10.1/x"}]
    assert content["DatasetLinks"] == {"raw": "../.."}
    assert "Smith" not in "".join(path.read_text() for path in out.iterdir())
    check_folders(raw, out)


def test_code_and_container_are_named_where_they_are_known(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = Message()
    about["Version"] = "7"
    for url in ("Paper, https://doi.org/10.1/x", "Source, https://example.org/code"):
        about["Project-URL"] = url
    monkeypatch.setattr(metadata, "metadata", lambda _: about)
    monkeypatch.setenv("CROSSRES_CONTAINER", "docker:crossres:7")
    initialise_derivatives(BidsDataset(raw), tmp_path / "out")
    [generator] = described(tmp_path / "out")["GeneratedBy"]
    assert generator["CodeURL"] == "https://example.org/code"
    assert generator["Container"] == {"Type": "docker", "Tag": "crossres:7"}


@pytest.mark.parametrize("place", ["out", "Smith family/out", "Smith family/study/derivatives/x"])
@pytest.mark.parametrize("doi", [None, "doi:10.1/x", 7])
def test_no_name_of_a_folder_is_written(
    raw: Path, tmp_path: Path, place: str, doi: str | int | None
) -> None:
    text = json.dumps({"Name": "Knees", "DatasetDOI": doi})
    (raw / "dataset_description.json").write_text(text)
    out = tmp_path / place
    initialise_derivatives(BidsDataset(raw), out)
    link = described(out)["DatasetLinks"]["raw"]
    if "derivatives" in place:
        assert (out / link).samefile(raw)
    else:
        assert link == doi if isinstance(doi, str) else link.startswith("urn:uuid:")
    written = "".join(path.read_text() for path in out.iterdir())
    assert not any(name in written for name in ("Smith", "study", tmp_path.name))
    initialise_derivatives(BidsDataset(raw), out)
    assert described(out)["DatasetLinks"]["raw"] == link, "a second run writes the same link"


def test_a_path_of_an_earlier_version_is_replaced_and_other_links_stay(
    raw: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    initialise_derivatives(BidsDataset(raw), out)
    links = {"raw": "../Smith family/study", "atlas": "doi:10.2/y"}
    (out / "dataset_description.json").write_text(
        json.dumps(described(out) | {"DatasetLinks": links})
    )
    initialise_derivatives(BidsDataset(raw), out)
    assert described(out)["DatasetLinks"] == {"raw": "doi:10.1/x", "atlas": "doi:10.2/y"}


def test_values_of_other_types_in_descriptions_are_left_out(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (raw / "dataset_description.json").write_text('{"Name": ["Knees"], "DatasetVersion": 1.0}')
    initialise_derivatives(BidsDataset(raw), out)
    assert described(out)["Name"] == "Scans enhanced by crossres"
    assert described(out)["SourceDatasets"] == [{"URL": "bids:raw:"}]
    changed = {"Name": 5, "GeneratedBy": [7, {"Name": "crossres"}], "DatasetLinks": []}
    (out / "dataset_description.json").write_text(json.dumps(described(out) | changed))
    initialise_derivatives(BidsDataset(raw), out)
    assert described(out)["Name"] == "Scans enhanced by crossres"
    assert described(out)["DatasetLinks"]["raw"].startswith("urn:uuid:")


def test_what_was_added_by_hand_stays(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    initialise_derivatives(BidsDataset(raw), out)
    content = {**described(out), "Authors": ["A", "B"], "Name": "Mine"}
    content["GeneratedBy"] = [{"Name": "other"}, {"Name": "crossres", "Version": "0"}]
    (out / "dataset_description.json").write_text(json.dumps(content))
    (out / "README.md").write_text("mine")
    initialise_derivatives(BidsDataset(raw), out)
    again = described(out)
    assert (again["Authors"], again["Name"]) == (["A", "B"], "Mine")
    assert [entry["Name"] for entry in again["GeneratedBy"]] == ["crossres", "other"]
    assert again["GeneratedBy"][0]["Version"] != "0"
    assert (out / "README.md").read_text() == "mine"


def test_two_datasets_are_not_mixed(raw: Path, tmp_path: Path) -> None:
    initialise_derivatives(BidsDataset(raw), tmp_path / "out")
    (tmp_path / "out" / "sub-1").mkdir()
    (tmp_path / "other").mkdir()
    with pytest.raises(SettingsError, match="was made from another dataset; choose another folder"):
        initialise_derivatives(BidsDataset(tmp_path / "other"), tmp_path / "out")
    raw.rename(tmp_path / "moved")
    initialise_derivatives(BidsDataset(tmp_path / "moved"), tmp_path / "out")


def test_a_folder_inside_another_dataset_is_not_filled(raw: Path, tmp_path: Path) -> None:
    out = raw / "derivatives" / "crossres"
    initialise_derivatives(BidsDataset(raw), out)
    (tmp_path / "other").mkdir()
    with pytest.raises(SettingsError, match="was made from another dataset"):
        initialise_derivatives(BidsDataset(tmp_path / "other"), out)


def test_the_sidecar_names_its_sources(raw: Path) -> None:
    target, guide = (scan(f"sub-1/anat/sub-1_{c}.nii.gz", raw) for c in ("FLAIR", "T1w"))
    content, notes = bids_metadata(Match(target, guide), BidsDataset(raw))
    assert notes == []
    assert content == {
        "Description": "FLAIR estimated on a finer grid, guided by the T1w",
        "Sources": [
            "bids:raw:sub-1/anat/sub-1_FLAIR.nii.gz", "bids:raw:sub-1/anat/sub-1_T1w.nii.gz",
        ],
        "SpatialReference": "bids:raw:sub-1/anat/sub-1_FLAIR.nii.gz",
    }  # fmt: skip
    alone, _ = bids_metadata(Match(target, None), BidsDataset(raw))
    assert len(alone["Sources"]) == 1


@pytest.mark.parametrize("place", ["FLAIR.json", "sub-1/sub-1_FLAIR.json"])
@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("", None),
        ('{"SkullStripped": true}', True),
        ('{"SkullStripped": false}', False),
        ('\ufeff{"SkullStripped": true}', True),
        ('{"EchoTime": 0.1}', None),
        ('{"SkullStripped": "yes"}', None),
        ('{"SkullStripped": null}', None),
        ('{"SkullStripped": true', None),
    ],
)
def test_skull_stripping_is_stated_only_where_it_is_known(
    raw: Path, place: str, text: str, stated: bool | None
) -> None:
    (raw / place).write_text(text)
    target = scan("sub-1/anat/sub-1_FLAIR.nii.gz", raw)
    content, notes = bids_metadata(Match(target, None), BidsDataset(raw))
    assert content.get("SkullStripped") is stated
    assert ("SkullStripped" in content) is (stated is not None)
    damaged = text in ("", '{"SkullStripped": true')
    assert len(notes) == damaged
    assert not damaged or notes[0].startswith(f"SkullStripped is not stated: {place} is no valid")


def test_tasks_that_start_together_share_a_new_folder(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another task writes each file after this one has found it missing."""

    @contextmanager
    def late(path: Path) -> Iterator[Path]:
        path.write_text("of another task")
        with atomic(path) as temporary:
            yield temporary

    monkeypatch.setattr(derivatives, "atomic", late)
    out = tmp_path / "out"
    initialise_derivatives(BidsDataset(raw), out)
    for name in (".bidsignore", "README.md"):
        assert (out / name).read_text() == "of another task"
