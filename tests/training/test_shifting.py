"""Guides are shifted inside the foreground; the target and the edge stay."""

import pytest
import torch

from crossres.training.shifting import shift_guides

SIZE = 32


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramps(count: int) -> torch.Tensor:
    """Return targets without background, and guides that rise by 0.02 per pixel along each axis."""
    position = 0.02 * torch.arange(SIZE, dtype=torch.float32)
    guide = position[:, None] + position + 0.1
    return torch.stack([torch.ones_like(guide), guide]).expand(count, 2, SIZE, SIZE)


def test_shifts_are_up_to_the_largest_and_differ_between_patches() -> None:
    patches = ramps(200)
    moved = (shift_guides(patches, 0.5, seeded()) - patches)[:, 1, 8:-8, 8:-8].flatten(1)
    assert (moved.amax(1) - moved.amin(1)).max() < 1e-5
    sums = moved.mean(1) / 0.02
    assert sums.abs().max() <= 1 + 1e-4
    assert sums.std() == pytest.approx((2 * 0.5**2 / 3) ** 0.5, rel=0.15)


def test_the_target_stays() -> None:
    patches = torch.rand(4, 2, SIZE, SIZE)
    assert torch.equal(shift_guides(patches, 1.0, seeded())[:, 0], patches[:, 0])


def test_the_guide_stays_at_the_edge_of_the_foreground() -> None:
    patches = torch.rand(4, 2, SIZE, SIZE) + 0.2
    patches[:, :, :, : SIZE // 2] = 0
    moved = (shift_guides(patches, 1.0, seeded()) - patches)[:, 1].abs()
    assert moved[..., : SIZE // 2 + 1].max() < 1e-4
    assert moved[..., SIZE // 2 + 4 :].mean() > 0.01


def test_a_largest_shift_of_0_changes_nothing() -> None:
    patches = torch.rand(4, 2, SIZE, SIZE)
    torch.testing.assert_close(shift_guides(patches, 0.0, seeded()), patches, atol=1e-5, rtol=0)


def test_the_generator_decides() -> None:
    patches = torch.rand(2, 2, SIZE, SIZE) + 0.2
    first, again, other = (shift_guides(patches, 0.5, seeded(n)) for n in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
