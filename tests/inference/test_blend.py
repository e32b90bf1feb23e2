"""Each of two cascades counts where it is better, and the result agrees with the scan."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from crossres.inference import Blend, Cascade, super_resolve
from crossres.inference.blend import MOST_WEIGHT, fine_odds
from crossres.physics import BackProjection, degrade
from crossres.types import SettingsError
from crossres.volume import Grid, Pair, Volume

GRID = Grid((64, 64, 4), np.diag([1.0, 1.0, 3.0, 1.0]))
COARSE = GRID.coarsened((2, 2, 1))


class Reads(torch.nn.Module):
    """Takes the detail of the guide for the target's own."""

    guided = True

    def forward(self, upsampled: Tensor, guide: Tensor) -> Tensor:
        blur = torch.nn.functional.avg_pool2d(guide, 5, 1, 2, count_include_pad=False)
        return upsampled + 0.7 * (guide - blur)


class Idle(torch.nn.Module):
    guided = False

    def forward(self, upsampled: Tensor, guide: Tensor | None = None) -> Tensor:
        return upsampled


GUIDED, UNGUIDED = Cascade((Reads(),), 2.0), Cascade((Idle(),), 2.0)
BLEND = Blend(GUIDED, UNGUIDED)


def texture(seed: int) -> Volume:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=GRID.shape), (1, 1, 0))
    return Volume((500 + 400 * noise).clip(1), GRID)


def pair(guide: Volume | None = None) -> Pair:
    truth = texture(0)
    return Pair(degrade(truth, COARSE), GRID, guide or truth)


def half_right() -> Volume:
    """Return a guide that is right in one half, and shows another texture in the other."""
    truth, other = texture(0), texture(1)
    return truth.with_data(np.concatenate([truth.data[:32], other.data[32:]]))


def error(cascade: Cascade | Blend, seen: Pair, where: slice = slice(None)) -> float:
    estimate = super_resolve(cascade, seen).volume.data
    return float(np.square(estimate - texture(0).data)[where].mean())


def guide_weight(seen: Pair) -> Tensor:
    y, g = (
        torch.from_numpy(v.data / 500).movedim(2, 0)[:, None] for v in (seen.target, seen.guide)
    )
    return BLEND.guide_weight(y, g, COARSE, GRID)


def test_the_guide_counts_where_it_predicts_the_scan() -> None:
    weight = guide_weight(pair(half_right()))
    assert weight.shape == (4, 1, 32, 32)
    assert weight.min() >= 0
    assert weight.max() <= 1
    assert weight[..., :12, :].mean() > weight[..., 20:, :].mean() + 0.3


def test_the_odds_of_equal_errors_are_those_of_the_fine_scale() -> None:
    weight = guide_weight(pair(texture(0).with_data(np.full(GRID.shape, 100.0))))
    odds = fine_odds(2.0)
    torch.testing.assert_close(weight, torch.full_like(weight, odds / (1 + odds)))


def test_the_guide_counts_more_the_more_scales_it_adds() -> None:
    odds = [fine_odds(factor) for factor in (1.01, 1.5, 2.0, 3.0, 4.0, 8.0)]
    assert odds == sorted(odds)
    assert 0 < odds[0] < 1


def test_a_part_of_the_unguided_estimate_remains_however_well_the_guide_fits() -> None:
    assert guide_weight(pair()).max() <= MOST_WEIGHT


def test_a_neighbourhood_counts_more_for_the_guide_in_a_slice_that_it_predicts() -> None:
    truth, other = texture(0), texture(1)
    both = np.concatenate([truth.data[..., :2], other.data[..., 2:]], axis=2)
    both[:24, :24] = truth.data[:24, :24]
    weight = guide_weight(pair(truth.with_data(both)))[..., 2:9, 2:9]
    assert weight[:2].mean() > weight[2:].mean() + 0.01


def test_where_half_of_a_guide_is_wrong_both_halves_come_near_the_better_cascade() -> None:
    seen = pair(half_right())
    right, wrong = slice(4, 26), slice(38, 60)
    blended, guided, unguided = (error(c, seen, wrong) for c in (BLEND, GUIDED, UNGUIDED))
    assert blended - unguided < 0.5 * (guided - unguided)
    assert error(BLEND, seen, right) < error(UNGUIDED, seen, right)
    assert error(BLEND, seen) < min(error(GUIDED, seen), error(UNGUIDED, seen))


def test_two_equal_estimates_are_not_changed() -> None:
    flat = texture(0).with_data(np.full(GRID.shape, 100.0))
    seen = pair(flat)
    blended, unguided = (super_resolve(c, seen).volume.data for c in (BLEND, UNGUIDED))
    np.testing.assert_allclose(blended, unguided, rtol=1e-4)


@pytest.mark.parametrize("kind", ["exact", "iterative"])
def test_the_estimate_agrees_with_the_scan_by_either_method(kind: str) -> None:
    method = BackProjection(kind)  # type: ignore[arg-type]
    blend = BLEND.with_back_projection(method)
    assert blend.back_projection == method == blend.unguided_cascade.back_projection
    result = super_resolve(blend, pair(half_right()))
    assert result.consistency.result < (
        1e-3 if kind == "exact" else result.consistency.interpolation
    )


def test_scale_and_order_of_the_axes_do_not_matter() -> None:
    seen = pair(half_right())
    straight = super_resolve(BLEND, seen).volume.data
    order = ((2, 1, 0), (False, True, False))
    assert seen.guide is not None
    louder = seen.target.with_data(3 * seen.target.data)
    reordered = Pair(*(v.reordered(*order) for v in (louder, GRID, seen.guide)))
    back = super_resolve(BLEND, reordered).volume.restored(*order)
    np.testing.assert_allclose(back.data, 3 * straight, rtol=1e-3, atol=0.1)


def test_a_blurred_guide_is_blurred_in_the_self_validation_too() -> None:
    seen = pair()
    y, g = (
        torch.from_numpy(v.data / 500).movedim(2, 0)[:, None] for v in (seen.target, seen.guide)
    )
    sharp, blurred = (
        replace(BLEND, guide_blur=(b, b)).guide_weight(y, g, COARSE, GRID) for b in (0.0, 3.0)
    )
    assert blurred.mean() < sharp.mean() - 0.05


def test_the_mean_over_orientations_is_that_of_the_self_ensemble() -> None:
    single = np.array(
        [
            super_resolve(BLEND.self_ensemble((one,)), pair(half_right())).volume.data
            for one in BLEND.orientations
        ]
    )
    mean = super_resolve(BLEND.self_ensemble(), pair(half_right())).volume.data
    assert single.std(axis=0).max() > 0
    assert np.abs(single.mean(axis=0) - mean).mean() < 0.02 * mean.mean()


@pytest.mark.parametrize(
    ("guided", "unguided"),
    [
        (UNGUIDED, UNGUIDED),
        (GUIDED, GUIDED),
        (GUIDED, replace(UNGUIDED, stage_factor=3.0)),
        (GUIDED, replace(UNGUIDED, deblur_noise=0.1)),
        (replace(GUIDED, axes=1), replace(UNGUIDED, axes=1)),
    ],
)
def test_only_a_guided_and_an_unguided_cascade_of_one_kind_go_together(
    guided: Cascade, unguided: Cascade
) -> None:
    with pytest.raises(
        SettingsError, match="a blend requires a guided cascade and an unguided one"
    ):
        Blend(guided, unguided)


def test_without_a_guide_there_is_nothing_to_blend() -> None:
    seen = pair()
    with pytest.raises(SettingsError, match="guide"):
        super_resolve(BLEND, Pair(seen.target, seen.fine))
    with pytest.raises(SettingsError, match="a blend needs a guide"):
        BLEND.enhance(torch.ones(1, 1, 32, 32), None, COARSE, GRID)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="NO GPU")
def test_a_gpu_gives_what_a_cpu_gives() -> None:
    seen = pair(half_right())
    there, here = (super_resolve(BLEND, seen, device=d).volume.data for d in ("cuda", "cpu"))
    np.testing.assert_allclose(there, here, rtol=1e-2, atol=1.0)
