"""Clinical scans are enhanced to 1 mm across; an offset is found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from studies.clinical import (
    SETTINGS,
    enhanced,
    offset,
    picture,
    row_of,
)

from crossres.io import Case, write
from crossres.volume import Grid, Volume


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (0.4, -0.3, 0.8)])
def test_an_offset_is_found_to_a_fraction_of_a_voxel(shift):
    image = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(20, 22, 16)), 2.5)
    moved = ndimage.shift(image, shift, order=3, mode="nearest")
    assert offset(moved, image) == pytest.approx(shift, abs=0.1)


def test_a_thick_scan_becomes_one_of_1_mm(tmp_path: Path) -> None:
    grid = Grid((24, 24, 6), np.diag([1.0, 1.0, 4.0, 1.0]))
    for name, factors in (("sub-01_T2w", (1, 1, 1)), ("sub-01_T1w", (1, 1, 4))):
        own = grid.refined(factors)
        blobs = ndimage.gaussian_filter(np.random.default_rng(0).random(own.shape), 1.5)
        write(Volume(1000 * blobs, own), tmp_path / f"{name}.nii.gz")
    case = Case("sub-01", tmp_path / "sub-01_T2w.nii.gz", tmp_path / "sub-01_T1w.nii.gz")
    done = enhanced(case, replace(SETTINGS, register=False, keep_guide=True))
    row = row_of(done, "scan")
    assert picture(done).startswith(b"\x89PNG")
    assert row["spacing_after"] == "1.00x1.00x1.00"
    assert row["weights"] == "t1-t2-through-plane-x5@2"
    assert row["consistency"] < row["consistency_interpolated"]
    assert row["off_by_voxels"] < 0.3
    assert (row["verdict"] == "good") == (row["failed"] == "")
