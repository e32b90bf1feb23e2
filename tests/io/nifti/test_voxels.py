"""Bytes are decompressed as they come; damage, other compressions and surplus are refused."""

import bz2
import gzip
import io
import lzma
from pathlib import Path

import numpy as np
import pytest

from crossres.io import read
from crossres.io.nifti.voxels import opened, read_voxels, take
from crossres.types import FileFormatError, VolumeError
from nifti_files import SHAPE, refused, saved

PATH = Path("a.nii")


def test_take_ends_where_the_file_ends() -> None:
    assert take(io.BytesIO(b"abc"), 2) == b"ab"
    assert take(io.BytesIO(b"abc"), 10**12) == b"abc"


def test_the_size_is_known_of_plain_files_only(tmp_path: Path) -> None:
    plain, packed = saved(tmp_path / "a.nii"), saved(tmp_path / "a.nii.gz")
    with opened(plain) as (stream, size, _), opened(packed) as (other, unknown, _):
        assert (size, unknown) == (plain.stat().st_size, None)
        assert stream.read() == other.read()


@pytest.mark.parametrize(
    ("pack", "name"), [(bz2.compress, "bzip2"), (lzma.compress, "xz"), (None, "zstandard")]
)
def test_other_compressions_are_named(tmp_path: Path, pack: object, name: str) -> None:
    content = saved(tmp_path / "a.nii").read_bytes()
    packed = pack(content) if callable(pack) else b"\x28\xb5\x2f\xfd" + content
    (tmp_path / "a.nii").write_bytes(packed)
    refused(tmp_path / "a.nii", FileFormatError, name)


def test_a_plain_file_named_gz_and_several_members_are_read(tmp_path: Path) -> None:
    content = saved(tmp_path / "a.nii").read_bytes()
    expected = read(tmp_path / "a.nii").data
    (tmp_path / "a.nii.gz").write_bytes(content)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]))
    for name in ("a.nii.gz", "b.nii.gz"):
        np.testing.assert_array_equal(read(tmp_path / name).data, expected)


@pytest.mark.parametrize("rest", [b"garbage", b"\x1f\x8b\x08"])
def test_what_follows_the_compressed_data_is_refused(tmp_path: Path, rest: bytes) -> None:
    path = saved(tmp_path / "a.nii.gz")
    path.write_bytes(path.read_bytes() + rest)
    refused(path, FileFormatError, "damaged")


def test_a_flipped_bit_in_compressed_data_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.nii.gz", np.random.default_rng(0).normal(size=SHAPE)).read_bytes()
    for at in range(20, len(whole), 97):
        content = bytearray(whole)
        content[at] ^= 4
        (tmp_path / "a.nii.gz").write_bytes(content)
        refused(tmp_path / "a.nii.gz", FileFormatError)


def test_voxels_are_scaled_in_parts_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = np.random.default_rng(0).integers(-(2**31), 2**31, SHAPE).astype("<i4")
    expected = (stored.astype(np.float64) * 0.3 + 7).astype(np.float32)
    monkeypatch.setattr("crossres.io.nifti.voxels._VOXELS_AT_ONCE", 50)
    content = io.BytesIO(stored.tobytes(order="F"))
    np.testing.assert_array_equal(read_voxels(content, SHAPE, "<i4", (0.3, 7.0), PATH), expected)


def test_a_scale_beyond_float32_is_refused() -> None:
    content = io.BytesIO(np.full(SHAPE, 100, np.uint8).tobytes())
    with pytest.raises(VolumeError, match="210 NaN or infinite"):
        read_voxels(content, SHAPE, np.uint8, (1e38, 0.0), PATH)
