"""The parts of a scale below: blur in voxels, depth in millimetres."""

import numpy as np
import pytest
import torch

from crossres.inference import Cascade
from crossres.inference.degraded_scan import (
    DegradedScan,
    blurred,
    eroded_foreground,
    guide_blur_of,
)
from crossres.networks import SRCNN
from crossres.volume import Grid, Pair, Volume, with_slice_profile


def cascade_of(axes: int) -> Cascade:
    return Cascade((SRCNN(),), 2.0, axes=axes)


@pytest.mark.parametrize(
    ("factors", "blur"), [((2, 2, 1), (8**0.5, 15**0.5)), ((1, 1, 2), (24**0.5, 0.0))]
)
def test_the_blur_is_along_the_axes_that_get_finer(
    factors: tuple[int, int, int], blur: tuple[float, float]
) -> None:
    fine = Grid((8, 8, 8), np.diag([0.5, 0.5, 0.5, 1.0]))
    coarse = fine.coarsened(factors)
    pair = Pair(Volume(np.ones(coarse.shape), coarse), fine)
    assert guide_blur_of(pair, (1.5, 2.0, 2.5)) == pytest.approx(blur)


@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.5])
def test_a_scan_is_degraded_with_its_own_slice_profile(ratio: float) -> None:
    plane = Grid((24, 20, 3), np.diag([0.5, 0.5, 4.0, 1.0]))
    thick = with_slice_profile(plane, ratio * 4.0)
    target = torch.rand(3, 1, 24, 20)
    across = DegradedScan.of(target, thick, cascade_of(axes=1))
    assert across.grid.shape == (12, 20, 3)
    assert across.acquisition.fwhm == pytest.approx((ratio * 1.0, 0, 0))
    in_plane = DegradedScan.of(target, thick, cascade_of(axes=2))
    assert in_plane.acquisition.fwhm == pytest.approx((1.0, 1.0, 0))


@pytest.mark.parametrize("spacing", [(0.4, 0.4), (3.0, 3.0), (0.4, 3.0)])
def test_a_blur_in_voxels_does_not_depend_on_the_spacing(spacing: tuple[float, float]) -> None:
    image = torch.rand(1, 1, 16, 12, generator=torch.Generator().manual_seed(0))
    found, expected = (
        blurred(image, Grid((16, 12, 1), np.diag([*voxel, 1.0, 1.0])), (2.5, 1.5))
        for voxel in (spacing, (1.0, 1.0))
    )
    torch.testing.assert_close(found, expected)
    assert found.std() < image.std()


def test_erosion_is_measured_in_millimetres_within_the_slice() -> None:
    image = torch.zeros(2, 1, 20, 30)
    image[0, :, 2:18, 2:28] = 1.0
    image[0, :, 10, 15] = 0.0
    found = eroded_foreground(image, Grid((20, 30, 2), np.diag([2.0, 1.0, 1.0, 1.0])))
    assert torch.nonzero(found[0, 0]).amin(0).tolist() == [4, 6]
    assert found[0, 0, 10, 15]
    assert not found[1].any()
