"""Input files are opened; pipes, devices and pointers to content elsewhere are refused at once."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import crossres
from crossres.files import open_file, sha256
from crossres.io import find_cases, find_input, holds_dicom
from crossres.types import CrossresError, FileFormatError
from crossres.weights import read_card

KEY = "MD5E-s1234--d41d8cd98f00b204e9800998ecf8427e.nii.gz"
POINTERS = {
    "git-annex": f"/annex/objects/{KEY}\n",
    "git-annex, as a link": f"../../.git/annex/objects/x1/y2/{KEY}/{KEY}",
    "git-lfs": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1234\n",
}


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def unix_socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path


def zeros(path: Path) -> Path:
    path.symlink_to("/dev/zero")
    return path


KINDS = [(pipe, "a pipe"), (unix_socket, "a socket"), (zeros, "a device")]


def test_a_file_is_opened_at_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to("a")
    for name in ("a", "link"):
        with open_file(tmp_path / name) as stream:
            assert stream.read() == b"content"


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_what_has_no_end_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    path = make(Path("a.nii"))
    for function in (open_file, sha256, crossres.read):
        with pytest.raises(FileFormatError, match=rf"a\.nii: it is {kind}; copy it"):
            function(path)
    assert not holds_dicom(path)
    with pytest.raises(CrossresError):
        read_card(path)


@pytest.mark.parametrize(("name", "text"), POINTERS.items())
def test_a_pointer_names_what_fetches_the_file(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "sub-01_T2w.nii.gz"
    path.write_text(text)
    program = name.split(",")[0]
    for function in (open_file, sha256, crossres.read):
        with pytest.raises(FileFormatError, match=rf"pointer of {program}.*fetch it \(git "):
            function(path)
    assert find_input(path).series is None


def test_a_broken_link_of_git_annex_names_what_fetches_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sub-01_T2w.nii.gz"
    path.symlink_to(f".git/annex/objects/x1/y2/{KEY}/{KEY}")
    with pytest.raises(FileFormatError, match=r"pointer of git-annex.*git annex get"):
        crossres.read(path)
    (tmp_path / "sub-01_T1w.nii.gz").symlink_to(f".git/annex/objects/x1/y2/{KEY}/{KEY}")
    assert find_cases(tmp_path)[0].guide == tmp_path / "sub-01_T1w.nii.gz"
    path.unlink()
    path.symlink_to("elsewhere.nii.gz")
    with pytest.raises(FileFormatError, match="No such file"):
        crossres.read(path)


def test_the_words_of_a_pointer_in_a_binary_file_mean_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0\1" + POINTERS["git-lfs"].encode())
    with open_file(tmp_path / "a") as stream:
        assert stream.read(1) == b"\0"


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="No such file"):
        open_file(tmp_path / "none")
    with pytest.raises(FileFormatError, match="Is a directory"):
        open_file(tmp_path)
