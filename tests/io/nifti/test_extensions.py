"""The bytes before the first voxel: a chain of extensions, or a reason to refuse or to warn."""

import struct
from pathlib import Path

import pytest

from crossres.io.nifti.extensions import check_gap
from crossres.types import FileFormatError

PATH = Path("a.nii")
NONE, SOME = b"\0\0\0\0", b"\1\0\0\0"


def extension(size: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}ii", size, 6) + b"x" * max(0, size - 8)


def test_no_extensions_and_whole_ones_give_no_warning() -> None:
    assert check_gap(NONE, "little", PATH) == []
    assert check_gap(SOME + extension(16) + extension(48), "little", PATH) == []
    assert check_gap(SOME + extension(32, ">"), "big", PATH) == []


@pytest.mark.parametrize("gap", [NONE + bytes(16), SOME + extension(16) + bytes(32), SOME])
def test_unexplained_or_missing_bytes_are_warned_of(gap: bytes) -> None:
    (note,) = check_gap(gap, "little", PATH)
    assert note.startswith(("has", "states"))


@pytest.mark.parametrize("size", [-16, 4, 8, 20, 48, 2**31 - 16])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    gap = SOME + extension(16) + struct.pack("<ii", size, 6) + b"x" * 24
    with pytest.raises(FileFormatError, match=r"a\.nii has a damaged header: an extension"):
        check_gap(gap, "little", PATH)


def test_the_other_byte_order_is_refused() -> None:
    with pytest.raises(FileFormatError, match="an extension of"):
        check_gap(SOME + extension(16), "big", PATH)
