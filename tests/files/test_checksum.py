"""Checksums are those of the bytes of a file."""

import hashlib
from pathlib import Path

import pytest

from crossres.files import sha256
from crossres.types import FileFormatError


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "a").write_bytes(content)
    assert sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["missing", "."])
def test_sha256_of_no_file_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        sha256(tmp_path / name)
    assert "cannot read" in str(caught.value)
