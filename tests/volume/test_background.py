"""Air and padding of a scan: removed before the computation, put back after it."""

import numpy as np
import pytest

from crossres.volume import Background, Grid, Volume
from crossres.volume.background import at_centres

GRID = Grid((4, 4, 2), np.eye(4))
FINE = GRID.refined((2, 2, 1))


def scan(values: float = 0.0) -> Volume:
    data = np.full(GRID.shape, values)
    data[1:3, 1:3] = 500 + values
    return Volume(data, GRID, stored_dtype="int16")


def test_a_scan_with_air_at_0_stays_the_same_object() -> None:
    volume = scan()
    assert Background().removed(volume) is volume
    assert Background().restored(volume, volume) is volume
    assert Background().notes("the target") == []


def test_an_offset_is_subtracted_and_added_again() -> None:
    offset = Background(air=-1024.0)
    removed = offset.removed(scan(-1024.0))
    assert np.array_equal(removed.data, scan().data)
    assert removed.stored_dtype == "int16"
    assert np.array_equal(offset.restored(removed, scan(-1024.0)).data, scan(-1024.0).data)
    assert offset.notes("the target") == [
        "the background of the target is -1024, not 0: it was subtracted for the computation and "
        "added again"
    ]


def test_padding_below_the_head_becomes_air() -> None:
    padded = scan().with_data(np.where(scan().data == 0, -32768, scan().data))
    padding = Background(padding=-32768.0)
    removed = padding.removed(padded)
    assert np.array_equal(removed.data, scan().data)
    assert padding.restored(removed, padded) is removed
    assert not padding.masked
    assert "is -32768, below its other intensities" in padding.notes("the guide")[0]


def test_a_masked_background_is_the_same_in_the_result() -> None:
    masked = Background(air=-2.0, padding=0.0)
    data = np.where(scan().data == 0, 0, -1.5)
    removed = masked.removed(scan().with_data(data))
    assert removed.data.min() == 0
    assert removed.data.max() == 0.5
    result = removed.with_data(np.full(FINE.shape, 0.5), FINE)
    restored = masked.restored(result, scan().with_data(data)).data
    assert restored[0, 0, 0] == 0
    assert restored[4, 4, 0] == -1.5
    assert masked.added(result).data.max() == -1.5
    assert "inside the range of" in masked.notes("the target")[0]


def test_a_scan_without_air_is_warned_of() -> None:
    (note,) = Background(air=-3.25, measured=False).notes("the target")
    assert note == "no air at the edges of the target: -3.25, its darkest, was taken as air"


@pytest.mark.parametrize("shape", [(8, 8, 2), (2, 2, 2), (4, 4, 2)])
def test_masks_are_brought_to_other_grids_by_their_centres(shape: tuple[int, int, int]) -> None:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[:2] = True
    found = at_centres(mask, shape)
    assert found.shape == shape
    assert found.mean() == 0.5
    assert found[: shape[0] // 2].all()
