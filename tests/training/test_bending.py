"""Intensity curves: 0 stays 0, the range stays, and monotone ones keep the order."""

import pytest
import torch

from crossres.training.bending import bend

RAMP = torch.linspace(0, 1.5, 256).expand(40, 2, 1, 256)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("folded", [0.0, 0.5, 1.0])
def test_zero_stays_and_so_does_the_range(folded: float) -> None:
    bent = bend(RAMP, 1.0, folded, seeded())
    assert (bent[..., 0] == 0).all()
    within = bent[..., RAMP[0, 0, 0] <= 1]
    assert within.min() >= 0
    assert within.amax(-1).max() <= 1 + 1e-6
    assert (within.amax(-1) > 0.9).all()


def test_monotone_curves_keep_the_order_of_all_intensities() -> None:
    ramp = torch.linspace(-0.2, 1.5, 256).expand(40, 2, 1, 256)
    assert (bend(ramp, 1.0, 0.0, seeded()).diff(dim=-1) > 0).all()


def test_the_others_do_not() -> None:
    falls = (bend(RAMP, 1.0, 1.0, seeded()).diff(dim=-1) < 0).any(-1).float().mean()
    assert falls > 0.8


def test_channels_are_chosen_and_bent_independently() -> None:
    patches = RAMP[:1].expand(400, 2, 1, 256)
    changed = (bend(patches, 0.5, 0.5, seeded()) != patches).flatten(2).any(2).float()
    assert 0.4 < changed[:, 0].mean() < 0.6
    assert torch.corrcoef(changed.T)[0, 1].abs() < 0.2
    target, guide = bend(patches[:1], 1.0, 0.0, seeded())[0]
    assert not torch.equal(target, guide)


def test_the_generator_decides() -> None:
    assert torch.equal(bend(RAMP, 0.5, 0.5, seeded(1)), bend(RAMP, 0.5, 0.5, seeded(1)))
    assert not torch.equal(bend(RAMP, 0.5, 0.5, seeded(1)), bend(RAMP, 0.5, 0.5, seeded(2)))
