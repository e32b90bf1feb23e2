"""Temporary files of this process, and of those that it starts, go where they are sent."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crossres.files import temporary_files_in

ELSEWHERE = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]


@pytest.mark.parametrize("before", [None, "/var/tmp"])
def test_here_and_in_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    if before is None:
        monkeypatch.delenv("TMPDIR", raising=False)
    else:
        monkeypatch.setenv("TMPDIR", before)
    usual, work = tempfile.gettempdir(), tmp_path / "a" / "work"
    with temporary_files_in(work):
        assert tempfile.gettempdir() == str(work)
        assert subprocess.check_output(ELSEWHERE, text=True).strip() == str(work)
    assert tempfile.gettempdir() == usual
    assert os.environ.get("TMPDIR") == before


def test_it_ends_with_an_error_too(tmp_path: Path) -> None:
    usual = tempfile.gettempdir()
    with pytest.raises(KeyError), temporary_files_in(tmp_path):
        raise KeyError
    assert tempfile.gettempdir() == usual


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError), temporary_files_in(tmp_path / "file"):
        pass
