"""Numbers without a scale factor: the type of the source where it holds them, else float32."""

from pathlib import Path

import numpy as np
import pytest

from crossres.io.plain_voxels import check_shape, placed, to_store, volume_of
from crossres.types import FileFormatError, GridError, VolumeError
from crossres.volume import Grid, Volume

PATH = Path("a.mgz")
GRID = Grid((2, 3, 4), np.eye(4))
POSSIBLE = ("uint8", "int16", "float32")


@pytest.mark.parametrize(
    ("stored", "values", "expected"),
    [
        ("int16", 300, "int16"),
        ("uint8", 255, "uint8"),
        ("uint8", 256, "float32"),
        ("int16", 0.5, "float32"),
        ("int64", 5, "float32"),
        ("float64", 0.5, "float32"),
        (None, 5, "float32"),
    ],
)
def test_the_type_of_the_source_is_kept_where_it_holds_the_values(
    stored: str | None, values: float, expected: str
) -> None:
    volume = Volume(np.full(GRID.shape, values), GRID, stored_dtype=stored)
    numbers = to_store(volume, PATH, None, POSSIBLE)
    assert numbers.dtype.name == expected
    assert (numbers == values).all()


def test_the_first_axis_varies_fastest() -> None:
    numbers = np.arange(1, 25, dtype=np.int16)
    found = volume_of(numbers.tobytes(), "int16", GRID, "scanner", PATH)
    assert found.data[:, 0, 0].tolist() == [1, 2]
    assert found.data[0, 0].tolist() == [1, 7, 13, 19]


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(VolumeError, match="zero everywhere"):
        volume_of(bytes(48), "int16", GRID, "scanner", PATH)
    with pytest.raises(FileFormatError, match="truncated"):
        volume_of(bytes(47), "int16", GRID, "scanner", PATH)
    for shape, message in (((4, 5), "one 3-D image"), ((4, 5, 6, 2), "one 3-D image")):
        with pytest.raises(VolumeError, match=message):
            check_shape(shape, PATH)
    with pytest.raises(VolumeError, match="more than"):
        check_shape((1024, 1024, 1024), PATH)
    with pytest.raises(GridError, match=r"a\.mgz: "):
        placed(np.diag([1e5, 1, 1, 1]), (2, 3, 4), PATH)
    assert check_shape((4, 5, 6, 1), PATH) == (4, 5, 6)
