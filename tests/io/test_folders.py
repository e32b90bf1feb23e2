"""All files below a folder are found, on trees of any depth, and no folder twice."""

import os
from pathlib import Path

import pytest

from crossres.io.folders import files_below
from crossres.types import CrossresWarning


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_files_of_all_folders_but_some(tmp_path: Path) -> None:
    touch(tmp_path, "b", "a/c", "a/d/e", "derivatives/f", "a/derivatives/g")
    found = files_below(tmp_path, but=["derivatives"])
    assert found == [tmp_path / name for name in ("a/c", "a/d/e", "b")]
    assert files_below(tmp_path / "missing") == []


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path, "a/b")
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "a/self").symlink_to("self")
    assert tmp_path / "a/b" in files_below(tmp_path)
    assert len(files_below(tmp_path)) <= 3


def test_a_tree_deeper_than_the_stack_of_python(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("a").touch()
    finally:
        os.chdir(here)
    [found] = files_below(tmp_path)
    assert found.name == "a"


def test_a_folder_that_cannot_be_read_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a/b", "c/d")
    scandir = os.scandir

    def forbidden(path: Path) -> object:
        if Path(path).name == "c":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.warns(CrossresWarning, match=r"cannot read .*/c: Permission denied; its scans"):
        assert files_below(tmp_path) == [tmp_path / "a/b"]
