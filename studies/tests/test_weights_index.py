"""The index follows the cards, and keeps what was released."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from studies.weights_index import main, next_version, updated

from crossres.files import sha256
from crossres.types import WeightsError
from crossres.weights import load_weights, read_card, read_index, save_weights
from crossres.weights.index import INDEX


@pytest.fixture
def folder(tmp_path: Path, tiny_weights: SimpleNamespace) -> Path:
    """Return a folder with one set of weights."""
    shutil.copy(tiny_weights.guided, tmp_path)
    return tmp_path


def put(folder: Path, version: int, changes: str) -> None:
    """Replace the card of the weights."""
    path = folder / "tiny.safetensors"
    card = read_card(path).model_copy(update={"version": version, "changes": changes})
    save_weights(load_weights(path), card, path, overwrite=True)


def test_the_index_of_the_package_is_up_to_date() -> None:
    main(check=True, release=None)


def test_an_index_that_does_not_describe_the_weights_fails_the_check(folder: Path) -> None:
    with pytest.raises(typer.Exit) as caught:
        main(folder, check=True, release=None)
    assert caught.value.exit_code == 1
    assert not (folder / INDEX).exists()
    main(folder, check=False, release=None)
    main(folder, check=True, release=None)
    put(folder, 1, "another card")
    with pytest.raises(typer.Exit):
        main(folder, check=True, release=None)


def test_versions_before_a_release_replace_each_other(folder: Path) -> None:
    first = updated([], folder, None)
    assert [(e.full_name, e.release) for e in first] == [("tiny@1", None)]
    put(folder, 1, "trained again")
    [again] = updated(first, folder, None)
    assert again.changes == "trained again"
    assert again.sha256 == sha256(folder / "tiny.safetensors") != first[0].sha256


def test_a_released_version_is_kept_and_never_changed(folder: Path) -> None:
    main(folder, check=False, release="0.2.0")
    released = read_index(folder)
    assert [entry.release for entry in released] == ["0.2.0"]
    assert updated(released, folder, "0.3.0") == released
    put(folder, 1, "trained again")
    with pytest.raises(WeightsError, match="differs from its released version; put version 2 on"):
        updated(released, folder, None)
    put(folder, 2, "trained again")
    found = updated(released, folder, "0.3.0")
    assert [(e.version, e.release) for e in found] == [(1, "0.2.0"), (2, "0.3.0")]
    put(folder, 1, "")
    with pytest.raises(WeightsError, match="put version 3 on its card"):
        updated(found, folder, None)


def test_new_weights_have_the_next_version_where_the_last_was_released() -> None:
    last = {entry.name: entry for entry in read_index()}
    for name, entry in last.items():
        assert next_version(name) == entry.version + (entry.release is not None)
    assert next_version("t9-axial-x2") == 1
