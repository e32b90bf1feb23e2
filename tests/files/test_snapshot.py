"""A file is known by the bytes that were read."""

import hashlib
import os
from pathlib import Path

import pytest

from crossres.files import HashedStream, open_file, read_whole
from crossres.types import FileFormatError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "T2.nii"
    path.write_bytes(bytes(range(256)) * 5000)
    return path


def test_a_file_is_hashed_while_it_is_read(file: Path) -> None:
    with open_file(file) as raw:
        stream = HashedStream(file, raw)
        assert stream.read(3) == b"\0\1\2"
        assert stream.readable()
        found = stream.snapshot()
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found.fate == ""


def test_a_file_that_is_replaced_while_it_is_read_is_the_old_one(file: Path) -> None:
    old = file.read_bytes()
    with open_file(file) as raw:
        stream = HashedStream(file, raw)
        start = stream.read(1000)
        new = file.with_name("new")
        new.write_bytes(b"another file")
        new.replace(file)
        content = start + stream.read()
        found = stream.snapshot()
    assert content == old
    assert found.sha256 == hashlib.sha256(old).hexdigest()
    assert found.fate == "was changed"


def test_what_became_of_a_file(file: Path) -> None:
    content, found = read_whole(file)
    assert hashlib.sha256(content).hexdigest() == found.sha256
    os.utime(file, ns=(1, 1))
    assert found.fate == "was changed"
    file.unlink()
    assert found.fate == "was removed"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"cannot read .*T2.nii"):
        read_whole(tmp_path / "T2.nii")
