"""NRRD files of ITK are read with their place; other kinds are refused with the remedy."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from crossres.io import nrrd
from crossres.types import CrossresError

DATA = np.arange(1, 61, dtype=np.int16).reshape(3, 4, 5)
FIELDS = {
    "type": "short", "dimension": "3", "space": "left-posterior-superior", "sizes": "3 4 5",
    "space directions": "(1,0,0) (0,2,0) (0,0,3)", "endian": "little", "encoding": "raw",
    "space origin": "(10,20,30)",
}  # fmt: skip
NOWHERE = {"space": None, "space_directions": None, "space_origin": None}


def written(path: Path, content: bytes | None = None, **changes: str | None) -> Path:
    """Write a file with changed fields; None leaves one out."""
    fields = {**FIELDS, **{name.replace("_", " "): text for name, text in changes.items()}}
    lines = ["NRRD0005", "# a comment", "key:=value"]
    lines += [f"{name}: {text}" for name, text in fields.items() if text is not None]
    voxels = DATA.tobytes(order="F") if content is None else content
    path.write_bytes(("\n".join(lines) + "\n\n").encode() + voxels)
    return path


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_a_file_of_itk_is_read(tmp_path: Path, dtype: str, compressed: bool) -> None:
    path, data = tmp_path / "a.nrrd", DATA.astype(dtype)
    image = SimpleITK.GetImageFromArray(data.transpose(2, 1, 0))
    image.SetSpacing((0.5, 0.75, 4.0))
    image.SetOrigin((-11.0, 22.0, 33.0))
    image.SetDirection((0, 0, 1, 1, 0, 0, 0, 1, 0))
    SimpleITK.WriteImage(image, str(path), compressed)
    volume, notes, _ = nrrd.load(path)
    assert np.array_equal(volume.data, data)
    assert (volume.stored_dtype, volume.spacing, notes) == (dtype, (0.5, 0.75, 4.0), [])
    for index in ((0, 0, 0), (2, 3, 4)):
        expected = np.diag([-1, -1, 1]) @ image.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(volume.affine[:3] @ [*index, 1], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("space", "signs"),
    [("LPS", (-1, -1, 1)), ("RAS", (1, 1, 1)), ("left-anterior-superior", (-1, 1, 1))],
)
def test_every_space_of_the_patient_is_read(
    tmp_path: Path, space: str, signs: tuple[int, ...]
) -> None:
    volume = nrrd.load(written(tmp_path / "a.nrrd", space=space))[0]
    expected = np.diag([*signs, 1]) @ [[1, 0, 0, 10], [0, 2, 0, 20], [0, 0, 3, 30], [0, 0, 0, 1]]
    assert np.array_equal(volume.affine, expected)
    assert np.array_equal(volume.data, DATA)


def test_bytes_may_be_in_either_order_and_compressed(tmp_path: Path) -> None:
    big = gzip.compress(DATA.astype(">i2").tobytes(order="F"))
    path = written(tmp_path / "a.nrrd", big, endian="big", encoding="gz")
    assert np.array_equal(nrrd.load(path)[0].data, DATA)


def test_an_axis_that_is_none_of_space_may_have_one_value(tmp_path: Path) -> None:
    directions = "none (1,0,0) (0,2,0) (0,0,3)"
    one = {"dimension": "4", "space_directions": directions}
    volume = nrrd.load(written(tmp_path / "a.nrrd", sizes="1 3 4 5", **one))[0]
    assert np.array_equal(volume.data, DATA)
    with pytest.raises(CrossresError, match="several values per voxel"):
        nrrd.load(written(tmp_path / "a.nrrd", sizes="2 3 4 5", **one))


def test_without_a_space_the_position_is_not_known(tmp_path: Path) -> None:
    volume, notes, _ = nrrd.load(written(tmp_path / "a.nrrd", spacings="1 2 3", **NOWHERE))
    assert (volume.space, volume.spacing) == ("unknown", (1.0, 2.0, 3.0))
    assert notes == ["a.nrrd states no space of the patient: left and right are not known, and a "
                     "result can be written as NIfTI only"]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "block"}, "damaged header .type 'block'"),
        ({"type": None}, "damaged header .'type'"),
        ({"sizes": "3 4 x"}, "damaged header"),
        ({"endian": "middle"}, "endian 'middle'"),
        ({"encoding": "bzip2"}, "encoded as bzip2; write it as gzip or raw"),
        ({"data_file": "a.raw"}, "voxels in another file; convert it to one .nrrd"),
        ({"byte_skip": "12"}, "skips bytes"),
        ({"space": "scanner-xyz"}, "not in that of the patient"),
        ({"space": None, "space_dimension": "3"}, "not in that of the patient"),
        ({"space_origin": None}, "no space origin"),
        ({"space_directions": "(1,0,0) (0,2,0)"}, "no direction for each of three axes"),
        ({"space_directions": "(1,0) (0,2) (0,3)"}, "damaged header .vector"),
        ({**NOWHERE, "spacings": "1 2"}, "damaged header .2 spacings for 3 axes"),
        ({**NOWHERE, "spacings": "1 2 3 4"}, "damaged header .4 spacings for 3 axes"),
        ({"space_units": '"um" "um" "um"'}, "is in um; convert its coordinates to mm"),
        ({"sizes": "3 4 4"}, "goes on after"),
        ({"sizes": "3 4 6"}, "truncated"),
        ({"sizes": "0 4 5"}, "axes of"),
    ],
)
def test_other_files_are_refused(
    tmp_path: Path, changes: dict[str, str | None], message: str
) -> None:
    with pytest.raises(CrossresError, match=message):
        nrrd.load(written(tmp_path / "a.nrrd", **changes))


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nrrd").write_bytes(b"\x89PNG" + bytes(100))
    with pytest.raises(CrossresError, match="is not an NRRD file"):
        nrrd.load(tmp_path / "a.nrrd")
