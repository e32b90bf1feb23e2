"""The size of predicted errors is that inside the head, relative to what is shown as white."""

import numpy as np
import pytest

from crossres.report.error_size import measure_error_size
from crossres.report.windows import grey_range
from crossres.volume import Grid, Volume


@pytest.fixture
def scan() -> Volume:
    grid = Grid((20, 20, 10), np.diag([2.0, 2.0, 4.0, 1.0]))
    data = np.zeros(grid.shape, np.float32)
    data[5:15, 5:15] = 400
    return Volume(data, grid)


def test_air_does_not_count(scan: Volume) -> None:
    fine = scan.grid.refined((2, 2, 1))
    data = np.full(fine.shape, 1000.0, np.float32)
    data[10:30, 10:30] = 20
    found = measure_error_size(Volume(data, fine), scan)
    assert found is not None
    assert (found.median, found.white) == (20, grey_range(scan.data)[1])
    assert found.median_share == pytest.approx(20 / 400)


def test_a_scan_without_a_head_has_none(scan: Volume) -> None:
    empty = scan.with_data(np.zeros_like(scan.data))
    assert measure_error_size(scan, empty) is None
