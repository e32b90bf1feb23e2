"""A registered guide is used unless its header restores the degraded scan better."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from crossres.inference import Cascade
from crossres.inference.placement import better_placed, on_grid
from crossres.physics import BackProjection, degrade
from crossres.registration import Aligned, Registration, RigidTransform
from crossres.types import GridError
from crossres.volume import Grid, Pair, Volume

FINE = Grid((64, 64, 12), np.eye(4))
COARSE = FINE.coarsened((2, 2, 1))
SHIFT = RigidTransform(np.block([[np.eye(3), np.array([[2.0], [0], [0]])], [0, 0, 0, 1]]))


class Copies(torch.nn.Module):
    """Returns the guide: an estimate that is right where the guide lies on the scan."""

    guided = True

    def __init__(self) -> None:
        super().__init__()
        self.share = torch.nn.Parameter(torch.zeros(()))

    def forward(self, upsampled: Tensor, guide: Tensor | None = None) -> Tensor:
        assert guide is not None
        return guide + self.share * upsampled


CASCADE = Cascade((Copies(),), back_projection=BackProjection("none"))


def head(shift: float = 0.0) -> Volume:
    noise = np.random.default_rng(0).normal(size=FINE.shape)
    image = 500 + 400 * ndimage.gaussian_filter(noise, (1.5, 1.5, 0))
    ball = np.hypot(*(np.indices(FINE.shape)[:2] - 31.5)) < 28
    return Volume(ndimage.shift(np.where(ball, image, 0), (shift, 0, 0), order=1), FINE)


def aligned(found: RigidTransform, *, guide: Volume, moved: Volume) -> Aligned:
    registration = Registration(found, 1.1, 1.2, 0.1, 1.0, "headers", 10)
    pair = Pair(degrade(head(), COARSE), FINE, moved)
    return Aligned(pair, registration, unmoved=guide, rim_kept=True)


def test_a_motion_that_fits_is_kept() -> None:
    right = aligned(SHIFT, guide=head(2), moved=head())
    assert better_placed(right, CASCADE, FINE) is right


def test_a_motion_that_does_harm_is_not_used() -> None:
    wrong = aligned(SHIFT, guide=head(), moved=head(-2))
    placed = better_placed(wrong, CASCADE, FINE)
    assert placed.registration is not None
    assert placed.registration.transform.is_identity
    assert placed.pair.guide is not None
    assert np.allclose(placed.pair.guide.data, head().data, atol=1)
    assert not placed.rim_kept
    assert "the registration was not used" in placed.warnings[-1]


def test_headers_that_were_kept_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossres.inference.placement.fits_better", None)
    still = aligned(RigidTransform.identity(), guide=head(), moved=head())
    assert better_placed(still, CASCADE, FINE) is still
    unregistered = replace(still, registration=None)
    assert better_placed(unregistered, CASCADE, FINE) is unregistered


def test_a_scan_too_small_for_validation_keeps_its_motion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> bool:
        raise GridError("too small to be degraded")

    monkeypatch.setattr("crossres.inference.placement.fits_better", fail)
    small = aligned(SHIFT, guide=head(), moved=head(-2))
    assert better_placed(small, CASCADE, FINE) is small


def test_headers_require_a_registration() -> None:
    unregistered = replace(aligned(SHIFT, guide=head(), moved=head()), registration=None)
    with pytest.raises(ValueError, match="requires a guide"):
        unregistered.by_headers()


def test_a_pass_on_a_coarser_grid_has_the_guide_as_a_scan_there_shows_it() -> None:
    both = aligned(SHIFT, guide=head(), moved=head())
    coarser = on_grid(both, both.pair.target, COARSE)
    assert coarser.pair.guide is not None
    assert coarser.pair.guide.shape == COARSE.shape
    assert on_grid(both, both.pair.target, FINE).pair.guide is both.pair.guide
