"""Commands that are killed are scored_voxels by what the next command finds."""

import json
from pathlib import Path

import pytest
from studies import kills


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the study change the working folder, and come back."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_killed_command_leaves_no_mixed_set(here: Path) -> None:
    kills.main(here / "work", here / "kills.json", every=7, only="degrade --overwrite")
    row = json.loads((here / "kills.json").read_text())["commands"]["degrade --overwrite"]
    assert row["kills"] >= 3
    assert row["earlier set"] + row["new set"] == row["kills"]
    assert not {"mixed set", "leftovers", "next command failed", "next result differs"} & set(row)


def test_outputs_of_two_sets_are_mixed() -> None:
    old, new = ({f"out/SR.{e}": text for e in ("nii.gz", "json")} for text in ("old", "new"))
    mixed = {**old, "out/SR.json": "new"}
    assert kills._is_whole("", old, old, new)
    assert kills._is_whole("", {**new, "out/SR.html": "present"}, old, new)
    assert not kills._is_whole("", mixed, old, new)


def test_each_subject_of_a_cohort_is_a_set() -> None:
    old, new = ({f"out/sub-0{n}/x.json": text for n in (1, 2)} for text in ("old", "new"))
    after = {**old, "out/sub-01/x.json": "new"}
    assert kills._groups(after) == {"sub-01", "sub-02"}
    assert all(kills._is_whole(group, after, old, new) for group in kills._groups(after))
