"""Checksums are those of the bytes of a file."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from crossres.files import content_sha256, sha256
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


def test_the_checksum_of_a_folder_is_that_of_its_list(tmp_path: Path) -> None:
    for name, content in (("0002.dcm", b"b"), ("0001.dcm", b"a"), ("\udce9", b"c")):
        (tmp_path / name).write_bytes(content)
    listed = subprocess.run(
        "LC_ALL=C; sha256sum * | sha256sum",
        shell=True, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert content_sha256(tmp_path) == listed.stdout.split()[0]
    before = content_sha256(tmp_path)
    (tmp_path / "0001.dcm").rename(tmp_path / "0003.dcm")
    assert content_sha256(tmp_path) != before


def test_the_checksum_of_a_file_as_content_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    assert content_sha256(tmp_path / "a") == sha256(tmp_path / "a")
    with pytest.raises(FileFormatError, match="cannot read"):
        content_sha256(tmp_path / "none")
