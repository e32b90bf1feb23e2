"""Skull stripping is stated by the metadata or by the user, who must not contradict each other."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from crossres.io import BidsDataset
from crossres.types import SettingsError
from crossres.workflows.cohort.skull_stripping import skull_stripping


def found(root: Path, given: bool | None) -> tuple[object, list[str]]:
    dataset = BidsDataset(root)
    known, notes = skull_stripping(dataset.scans("T2w", {})[0], dataset, given)
    return known.get("SkullStripped"), notes


@pytest.mark.parametrize("given", [None, True, False])
def test_the_user_states_what_the_metadata_do_not(
    build: Callable[..., Path], given: bool | None
) -> None:
    root = build("sub-1/anat/sub-1_T2w")
    assert found(root, given) == (given, [])
    (root / "T2w.json").write_text('{"SkullStripped": "yes"}')
    assert found(root, given) == (given, [])


@pytest.mark.parametrize("stated", [True, False])
def test_the_metadata_must_not_be_contradicted(build: Callable[..., Path], stated: bool) -> None:
    root = build("sub-1/anat/sub-1_T2w")
    (root / "T2w.json").write_text(json.dumps({"SkullStripped": stated}))
    assert found(root, None) == found(root, stated) == (stated, [])
    with pytest.raises(SettingsError, match="contradicts the metadata of sub-1_T2w"):
        found(root, not stated)


@pytest.mark.parametrize(("given", "known"), [(None, "not stated"), (True, "that of `skull_str")])
def test_metadata_that_cannot_be_read_are_warned_of(
    build: Callable[..., Path], given: bool | None, known: str
) -> None:
    root = build("sub-1/anat/sub-1_T2w")
    (root / "T2w.json").write_text("{")
    value, (note,) = found(root, given)
    assert value is given
    assert note.startswith(f"SkullStripped is {known}")
