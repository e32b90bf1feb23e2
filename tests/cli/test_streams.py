"""Closed streams and readers that have ended change neither the work nor the exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

HELPER = f"{sys.executable} -m crossres"


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(tmp_path: Path, closed: str) -> None:
    done = shell(f"{HELPER} weights list {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("t1-t2-axial-x4" in done.stdout) == (">&-" not in closed.split())


def test_an_error_keeps_its_exit_code_without_streams(tmp_path: Path) -> None:
    assert shell(f"{HELPER} info none.nii >&- 2>&-", tmp_path).returncode == 2
    done = shell(f"{HELPER} info none.nii >&-", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("crossres: error: cannot read none.nii")


@pytest.mark.parametrize("words", ["--help", "--version", "weights list"])
def test_a_reader_that_has_ended_is_no_error(tmp_path: Path, words: str) -> None:
    done = shell(f"{HELPER} {words} | true", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_file_takes_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import os, sys; from crossres.cli.streams import prepare_streams; prepare_streams(); "
        "file = open('out', 'w'); os.write(1, b'text of a library'); print(file.fileno() > 2, "
        "file=file)"
    )
    done = shell(f'{sys.executable} -c "{code}" <&- >&- 2>&-', tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "out").read_text() == "True\n"


def test_text_that_is_read_is_unchanged(tmp_path: Path) -> None:
    code = (
        "import sys; from crossres.cli.streams import prepare_streams; prepare_streams(); "
        "print('\u00e9\u2212'); print('line', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, check=True, timeout=60
    )
    assert done.stdout.decode() == "\u00e9\u2212\n"
    assert done.stderr == b"line\n"


@pytest.mark.parametrize(("command", "code"), [("weights list", 2), ("info none.nii", 2)])
def test_a_full_disk_under_stdout_is_one_line(tmp_path: Path, command: str, code: int) -> None:
    done = shell(f"{HELPER} {command} > /dev/full", tmp_path)
    assert done.returncode == code
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("crossres: error: cannot ")
    assert shell(f"{HELPER} {command} 2> /dev/full", tmp_path).stderr == ""


def test_a_full_disk_under_stderr_is_no_error(tmp_path: Path) -> None:
    assert shell(f"{HELPER} weights list 2> /dev/full", tmp_path).returncode == 0
