"""Non-local means keep constants, follow the guide, and explain the scan."""

import pytest
import torch
from studies.peers.nonlocal_means import (
    REACH,
    NonLocalMeans,
    average_alike,
    half_of_shifts,
    overlap,
)

from crossres.phantom import make_pair
from crossres.physics import Acquisition
from crossres.types import SettingsError


def test_half_of_the_shifts_with_their_opposites_are_all_but_none() -> None:
    half = list(half_of_shifts())
    side = 2 * REACH + 1
    assert len({*half, *((-i, -j) for i, j in half)}) == side**2 - 1 == 2 * len(half)


@pytest.mark.parametrize("shift", [(0, 2), (1, -3), (2, 0)])
def test_partners_are_a_shift_apart(shift: tuple[int, int]) -> None:
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(8), indexing="ij")
    here, there = overlap(rows.shape, shift)
    assert (rows[there] - rows[here]).unique().tolist() == [shift[0]]
    assert (columns[there] - columns[here]).unique().tolist() == [shift[1]]


def test_the_guide_separates_what_the_image_does_not() -> None:
    noise = 0.01 * torch.randn(1, 1, 24, 24, generator=torch.Generator().manual_seed(0))
    step = torch.zeros(1, 1, 24, 24)
    step[..., 12:] = 0.1
    flat, guide = torch.zeros_like(step), 8 * step
    blurred = average_alike(step + noise, flat, 1.0, 0.05)
    kept = average_alike(step + noise, guide, 1.0, 0.05)
    assert (kept - step).abs().mean() < 0.2 * (blurred - step).abs().mean()
    assert (kept - step)[..., :9].std() < 0.5 * noise.std()


def test_constants_are_kept() -> None:
    image, guide = torch.full((1, 1, 12, 14), 0.3), torch.rand(1, 1, 12, 14)
    torch.testing.assert_close(average_alike(image, guide, 0.1, 0.1), image)


def test_the_result_explains_the_scan_and_needs_a_guide() -> None:
    guide, target = make_pair(0, shape=(32, 36, 2), spacing=5.0)
    acquisition = Acquisition(guide.grid, guide.grid.coarsened((2, 2, 1)))
    slices = [torch.from_numpy(v.data / v.data.max()).permute(2, 0, 1)[:, None]
              for v in (guide, target)]  # fmt: skip
    low = acquisition.forward(slices[1])
    found = NonLocalMeans().enhance(low, slices[0], acquisition.coarse, acquisition.fine)
    assert (acquisition.forward(found) - low).abs().max() < 0.02
    with pytest.raises(SettingsError, match="need a guide"):
        NonLocalMeans().ready().enhance(low, None, acquisition.coarse, acquisition.fine)
