"""Names of weights may state a version; the index describes each version that there was."""

import shutil
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import pytest

from crossres.files import sha256
from crossres.types import WeightsError
from crossres.weights import read_card, read_index, shipped_names
from crossres.weights.index import (
    shipped_path,
    split_version,
    weights_path,
    with_version,
)


@pytest.mark.parametrize(("name", "version"), [("t2-axial-x2", 1), ("a@b", 12), ("a,b@1", 99)])
def test_name_and_version_are_split_again(name: str, version: int) -> None:
    assert split_version(with_version(name, version)) == (name, version)


@pytest.mark.parametrize("text", ["mine", "a@", "@2", "a@0", "a@02", "a@-1", "a@2.0", "a@²", "@"])
def test_other_signs_belong_to_the_name(text: str) -> None:
    assert split_version(text) == (text, None)


def test_the_index_describes_the_shipped_files() -> None:
    shipped = {entry.name: entry for entry in read_index() if shipped_path(entry.full_name)}
    assert sorted(shipped) == shipped_names()
    for name, entry in shipped.items():
        card, path = read_card(name), weights_path(name)
        assert entry.sha256 == sha256(path)
        assert entry.full_name == card.full_name
        assert (entry.factors, entry.licence) == (card.factors, card.licence)
        assert entry.population == card.population != "not stated"
        assert entry.changes == card.changes != ""


def test_the_last_of_the_versions_from_1_is_shipped_and_all_others_were_released() -> None:
    for name, versions in groupby(read_index(), key=lambda entry: entry.name):
        *earlier, newest = versions
        assert [entry.version for entry in (*earlier, newest)] == [*range(1, newest.version + 1)]
        assert all(entry.release for entry in earlier)
        assert shipped_path(newest.full_name) == shipped_path(name)
        assert all(shipped_path(entry.full_name) is None for entry in earlier)


def test_a_version_that_is_not_shipped_names_that_which_is_and_the_file_of_the_other() -> None:
    with pytest.raises(WeightsError) as caught:
        weights_path("t1-t2-axial-x4@1")
    message = str(caught.value)
    assert "'t1-t2-axial-x4@1' are not in the package, which has 't1-t2-axial-x4@2'" in message
    assert "`weights` as the .safetensors file of version 1" in message
    assert "weights/shipped/t1-t2-axial-x4.safetensors in crossres 0.1.0" in message
    with pytest.raises(WeightsError, match=r"@99': the versions of .* are 1, 2; give 't1"):
        weights_path("t1-t2-axial-x4@99")
    with pytest.raises(WeightsError, match=r"no weights 't9-t8@1': give a .* or one of any-"):
        weights_path("t9-t8@1")


def test_a_file_is_found_by_its_name_whatever_stands_in_it(
    tmp_path: Path, tiny_weights: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(tiny_weights.guided, "t1-t2-axial-x4@1")
    assert weights_path("t1-t2-axial-x4@1") == Path("t1-t2-axial-x4@1")


def test_a_folder_without_an_index_has_no_versions(tmp_path: Path) -> None:
    assert read_index(tmp_path) == []
