"""Packed and deflated files are unpacked within a bound, and damage to them is noticed."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from crossres.io.dicom.frames import frames_of
from crossres.io.dicom.streams import opened
from crossres.types import FileFormatError
from crossres.volume import Grid
from dicom_files import blob, compress, write_files

VOLUME = blob(Grid((6, 5, 4), np.diag([-1.0, -1.0, 3.0, 1.0])))


def written(tmp_path: Path, *, deflated: bool) -> Path:
    [path, *_] = write_files(tmp_path, VOLUME)
    if deflated:
        compress(path, DeflatedExplicitVRLittleEndian)
    return path


def test_plain_files_are_not_copied(tmp_path: Path) -> None:
    path = written(tmp_path, deflated=False)
    with opened(path) as stream:
        assert stream.read() == path.read_bytes()


def test_deflated_files_inside_gzip(tmp_path: Path) -> None:
    path = written(tmp_path, deflated=True)
    [frame] = frames_of(path)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert frames_of(path) == [frame]


def bomb(path: Path, size: int) -> None:
    """Let a deflated file go on with zeros."""
    content = path.read_bytes()
    begin = 144 + int.from_bytes(content[140:144], "little")
    plain = zlib.decompress(content[begin:], -zlib.MAX_WBITS)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    path.write_bytes(content[:begin] + packer.compress(plain + bytes(size)) + packer.flush())


def test_a_small_file_does_not_unpack_without_bound(tmp_path: Path) -> None:
    path = written(tmp_path, deflated=True)
    bomb(path, 80 << 20)
    assert path.stat().st_size < 200_000
    with pytest.raises(FileFormatError, match="unpacks to more than 64 MB"):
        frames_of(path)


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "deflated"])
def test_truncated_content(tmp_path: Path, packed: bool) -> None:
    path = written(tmp_path, deflated=not packed)
    content = path.read_bytes()
    path.write_bytes((gzip.compress(content) if packed else content)[:-9])
    with pytest.raises(FileFormatError, match="truncated"):
        frames_of(path)


def test_a_checksum_of_gzip_that_does_not_fit(tmp_path: Path) -> None:
    path = written(tmp_path, deflated=False)
    content = bytearray(gzip.compress(path.read_bytes()))
    content[-6] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="damaged"):
        frames_of(path)


def test_gzip_in_several_members_is_one_file(tmp_path: Path) -> None:
    path = written(tmp_path, deflated=False)
    [frame] = frames_of(path)
    content = path.read_bytes()
    parts = [content[start : start + 300] for start in range(0, len(content), 300)]
    path.write_bytes(b"".join(map(gzip.compress, parts)) + bytes(20))
    assert frames_of(path) == [frame]


def test_what_follows_gzip_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, deflated=False)
    path.write_bytes(gzip.compress(path.read_bytes()) + b"and more")
    with pytest.raises(FileFormatError, match="damaged"):
        frames_of(path)
