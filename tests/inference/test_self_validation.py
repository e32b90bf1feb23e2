"""Self-validation separates trained from idle weights and a fitting guide from a misaligned one."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from crossres.inference import Cascade, SelfValidation, fits_better, self_validate
from crossres.inference.cropping import MARGIN
from crossres.inference.self_validation import FEW_SLICES
from crossres.physics import degrade
from crossres.volume import Grid, Pair, Volume


class Reads(torch.nn.Module):
    """Takes the detail of the guide for the target's own."""

    guided = True

    def forward(self, upsampled, guide):
        blur = torch.nn.functional.avg_pool2d(guide, 5, 1, 2, count_include_pad=False)
        return upsampled + 0.7 * (guide - blur)


class Idle(torch.nn.Module):
    guided = False

    def forward(self, upsampled, guide=None):
        return upsampled


def scene(factors: tuple[int, int, int]) -> Pair:
    """Return a pair whose guide shows the very image of the target."""
    grid = Grid((48, 48, 12), np.diag([1.0, 1.0, 2.0, 1.0]))
    noise = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), (1, 1, 0.5))
    image = Volume((500 + 900 * noise).clip(1), grid)
    return Pair(degrade(image, grid.coarsened(factors)), grid, image)


PLANES = {(2, 2, 1): Cascade((Reads(),), 2.0), (1, 1, 3): Cascade((Reads(),), 3.0, axes=1)}


def moved(pair: Pair) -> Pair:
    return replace(pair, guide=pair.guide.with_data(np.roll(pair.guide.data, 7, axis=(0, 1))))


@pytest.mark.parametrize("factors", PLANES)
def test_a_guide_that_fits_gains_and_one_that_lies_elsewhere_loses(factors):
    pair, reads = scene(factors), PLANES[factors]
    alone = self_validate(replace(reads, networks=(Idle(),)), pair).gain
    assert self_validate(reads, pair).gain > alone + 0.5
    assert self_validate(reads, moved(pair)).gain < alone


@pytest.mark.parametrize("factors", PLANES)
@pytest.mark.parametrize("value", [65535, -32768])
def test_five_outliers_in_the_scan_do_not_decide(factors, value):
    pair, reads = scene(factors), PLANES[factors]
    data = pair.target.data.copy()
    data.ravel()[np.random.default_rng(0).choice(data.size, 5, replace=False)] = value
    gain = self_validate(reads, replace(pair, target=pair.target.with_data(data))).gain
    assert gain == pytest.approx(self_validate(reads, pair).gain, abs=0.3)


@pytest.mark.parametrize("factors", PLANES)
def test_idle_weights_come_as_near_as_their_back_projection(factors):
    pair = scene(factors)
    idle = replace(PLANES[factors], networks=(Idle(),))
    assert self_validate(idle, pair).gain >= 0
    assert self_validate(idle, pair) == self_validate(idle, Pair(pair.target, pair.fine))


@pytest.mark.parametrize("factors", PLANES)
def test_a_guide_without_detail_along_what_gets_finer_is_worth_less(factors):
    pair = scene(factors)
    fine = [self_validate(PLANES[factors], pair, detail=d).gain for d in (None, pair.fine.spacing)]
    coarse = tuple(4 * d for d in pair.fine.spacing)
    assert fine[0] == fine[1]
    assert self_validate(PLANES[factors], pair, detail=coarse).gain < fine[0] - 0.3


def test_blur_along_the_slices_alone_changes_nothing_within_them():
    pair, reads = scene((2, 2, 1)), PLANES[2, 2, 1]
    assert self_validate(reads, pair, detail=(1.0, 1.0, 9.0)) == self_validate(reads, pair)


def test_few_slices_have_about_the_gain_of_all():
    pair, reads = scene((2, 2, 1)), PLANES[2, 2, 1]
    few, all_of_them = (self_validate(reads, pair, slices=n).gain for n in (3, 12))
    assert few == pytest.approx(all_of_them, abs=0.5)


def test_the_gain_is_in_decibels():
    assert SelfValidation(0.01, 0.1).gain == pytest.approx(20)
    assert SelfValidation(0.0, 0.0).gain == 0
    assert SelfValidation(0.1, 0.1, 0.01, 0.1).eroded_gain == pytest.approx(20)
    assert math.isnan(SelfValidation(0.1, 0.1).eroded_gain)


def disc(inside: Volume, centre: int) -> Volume:
    """Return a texture within a disc that is brighter than its surroundings."""
    i, j, _ = np.ogrid[:48, :48, :12]
    within = (i - centre) ** 2 + (j - 24) ** 2 < 20**2
    return inside.with_data(np.where(within, 1000 + inside.data, 0))


def discs() -> tuple[Pair, Pair]:
    """Return a guide that is right inside its mask, and one that is right at the edge alone."""
    texture = scene((2, 2, 1)).guide
    other = texture.with_data(np.roll(texture.data, 7, axis=(0, 1)))
    fine, truth = texture.grid, disc(texture, 24)
    target = degrade(truth, fine.coarsened((2, 2, 1)))
    inside, edge = disc(texture, 22), disc(other, 24)
    return Pair(target, fine, inside), Pair(target, fine, edge)


def test_the_edge_of_a_shared_mask_does_not_count_in_the_eroded_foreground():
    inside, edge = (self_validate(PLANES[2, 2, 1], pair) for pair in discs())
    assert inside.gain < edge.gain
    assert inside.eroded_gain > edge.eroded_gain + 0.5


def test_the_better_placement_is_the_one_that_is_right_inside():
    inside, edge = discs()
    assert fits_better(PLANES[2, 2, 1], inside, edge)
    assert not fits_better(PLANES[2, 2, 1], edge, inside)
    assert not fits_better(PLANES[2, 2, 1], inside, inside)


def test_where_erosion_leaves_nothing_the_whole_foreground_decides(monkeypatch):
    monkeypatch.setattr("crossres.inference.degraded_scan.DEPTH_MM", 1000.0)
    inside, edge = discs()
    assert math.isnan(self_validate(PLANES[2, 2, 1], inside).eroded_gain)
    assert fits_better(PLANES[2, 2, 1], edge, inside)


def test_the_order_of_voxel_axes_does_not_matter():
    pair, reads = scene((1, 1, 3)), PLANES[1, 1, 3]
    order = ((2, 0, 1), (True, False, True))
    parts = (x.reordered(*order) for x in (pair.target, pair.fine, pair.guide))
    other = Pair(*parts)
    assert self_validate(reads, other).gain == pytest.approx(
        self_validate(reads, pair).gain, abs=1e-3
    )


class Counts(Idle):
    """Counts the pixels that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = [0, 0]

    def forward(self, upsampled, guide=None):
        self.seen = [self.seen[0] + len(upsampled), max(self.seen[1], upsampled[0].numel())]
        return super().forward(upsampled)


def counted(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the number of slices of a self-validation, and the pixels of one."""
    network = Counts()
    monkeypatch.setattr(Cascade, "ready", lambda cascade, _: cascade)
    self_validate(Cascade((network,), 2.0), Pair(pair.target, pair.fine))
    return network.seen


def test_of_large_slices_fewer_are_validated(monkeypatch):
    pair = scene((2, 2, 1))
    assert counted(pair, monkeypatch) == [12, 24 * 24]
    monkeypatch.setattr("crossres.inference.self_validation.PIXELS", 6 * 24 * 24)
    assert counted(pair, monkeypatch)[0] == 6
    monkeypatch.setattr("crossres.inference.self_validation.PIXELS", 1)
    assert counted(pair, monkeypatch)[0] == FEW_SLICES


def test_only_rows_and_columns_that_hold_foreground_are_validated(monkeypatch):
    pair = scene((2, 2, 1))
    around = Grid((96, 96, 12), np.diag([2.0, 2.0, 2.0, 1.0]))
    data = np.zeros(around.shape, dtype=np.float32)
    data[:24, 36:60] = pair.target.data
    slices, pixels = counted(Pair(Volume(data, around), around.refined((2, 2, 1))), monkeypatch)
    assert slices == 12
    assert pixels == (24 + MARGIN) * (24 + 2 * MARGIN)
