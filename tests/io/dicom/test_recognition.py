"""Files are recognised by content: DICOM of any kind, gzip, zip and tar."""

import gzip
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite

from crossres.io import holds_dicom, nifti, read
from crossres.io.dicom.recognition import is_archive, is_dicom
from crossres.types import CrossresError
from crossres.volume import Grid
from dicom_files import blob, write_files

VOLUME = blob(Grid((6, 5, 4), np.diag([-1.0, -1.0, 3.0, 1.0])))
FIRST = [(), ("ImageType",), ("ImageType", "SOPClassUID")]


def without_preamble(folder: Path, *, implicit: bool, dropped: tuple[str, ...]) -> list[Path]:
    """Write a series without preamble and meta group, from another first element on."""
    paths = write_files(folder, VOLUME, ending="")
    for path in paths:
        header = dcmread(path)
        for name in dropped:
            delattr(header, name)
        del header.file_meta
        path.unlink()
        dcmwrite(path, header, implicit_vr=implicit, little_endian=True)
    return paths


@pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
@pytest.mark.parametrize("dropped", FIRST, ids=str)
def test_no_preamble_and_any_first_element(
    tmp_path: Path, implicit: bool, dropped: tuple[str, ...]
) -> None:
    [path, *_] = without_preamble(tmp_path, implicit=implicit, dropped=dropped)
    for given in (tmp_path, path):
        found = read(given)
        np.testing.assert_array_equal(found.data, VOLUME.data)
        assert found.grid.is_close(VOLUME.grid, tolerance=1e-3)


def test_the_meta_group_without_preamble(tmp_path: Path) -> None:
    for path in write_files(tmp_path, VOLUME, ending=""):
        path.write_bytes(path.read_bytes()[132:])
    np.testing.assert_array_equal(read(tmp_path).data, VOLUME.data)


@pytest.mark.parametrize("size", [60, 600])
def test_files_packed_in_many_members_of_gzip(tmp_path: Path, size: int) -> None:
    for path in write_files(tmp_path, VOLUME):
        content = path.read_bytes()
        parts = [content[start : start + size] for start in range(0, len(content), size)]
        path.write_bytes(b"".join(map(gzip.compress, parts)))
    np.testing.assert_array_equal(read(tmp_path).data, VOLUME.data)


@pytest.mark.parametrize("preamble", [b"", bytes(128) + b"DICM"], ids=["none", "preamble"])
def test_big_endian_without_the_meta_group(tmp_path: Path, preamble: bytes) -> None:
    for path in write_files(tmp_path, VOLUME):
        header = dcmread(path)
        header.PixelData = np.frombuffer(header.PixelData, "u2").byteswap().tobytes()
        del header.file_meta
        dcmwrite(path, header, implicit_vr=False, little_endian=False, force_encoding=True)
        path.write_bytes(preamble + path.read_bytes().removeprefix(bytes(128) + b"DICM"))
    np.testing.assert_array_equal(read(tmp_path).data, VOLUME.data)


def test_files_packed_one_by_one_with_gzip(tmp_path: Path) -> None:
    paths = write_files(tmp_path, VOLUME)
    for path in paths:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    for given in (tmp_path, paths[0].with_name(f"{paths[0].name}.gz")):
        found = read(given)
        np.testing.assert_array_equal(found.data, VOLUME.data)
        assert found.grid.is_close(VOLUME.grid, tolerance=1e-3)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x08\x00", b"\x08\x00" + bytes(6) + b"text that goes on" * 9, b"\x5c\x01\0\0" * 99,
     b"\x02\x00not the meta group of a file at all", b"\x1f\x8bnot gzip"],
)  # fmt: skip
def test_other_files_are_not_dicom(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert not is_dicom(tmp_path / "file")
    assert not is_archive(tmp_path / "file")


def test_nifti_is_neither(tmp_path: Path) -> None:
    for name in ("a.nii", "a.nii.gz"):
        nifti.write(VOLUME, tmp_path / name)
        assert not holds_dicom(tmp_path / name)
        assert not is_archive(tmp_path / name)


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not holds_dicom(tmp_path / "pipe")
    assert not is_archive(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["scan.zip", "scan.tar", "scan.tar.gz", "scan.nii"])
def test_archives_are_named_with_the_remedy(tmp_path: Path, name: str) -> None:
    path = write_files(tmp_path / "in", VOLUME)[0]
    packed = tmp_path / "out" / name
    packed.parent.mkdir()
    if ".tar" in name:
        with tarfile.open(packed, "w:gz" if name.endswith("gz") else "w") as archive:
            archive.add(path)
    else:
        with zipfile.ZipFile(packed, "w") as zipped:
            zipped.write(path)
    for given in (packed, packed.parent):
        with pytest.raises(CrossresError, match=r"archives? \(zip or tar\).*unpack"):
            read(given)
