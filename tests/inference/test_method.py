"""The whole method on volumes: one pass or two, with the guide, without it, or blended."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from crossres.inference import (
    Candidate,
    Cascade,
    Enhanced,
    EnhanceSettings,
    PassCandidates,
    Result,
    RunLog,
    enhance,
    method,
)
from crossres.inference.choice import Choice
from crossres.inference.method import _next_target
from crossres.inference.noise import denoised, weighted
from crossres.inference.single_pass import back_projected
from crossres.registration import Aligned
from crossres.types import CrossresWarning, GridError, SettingsError
from crossres.volume import Grid, Pair, Volume

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
COARSE = Grid((24, 20, 12), np.diag([2.0, 2.0, 4.0, 1.0]))
SMALL = Grid((14, 12, 6), np.diag([2.0, 2.0, 4.0, 1.0]))
CPU = EnhanceSettings(device="cpu")


class Adds(torch.nn.Module):
    """Adds a share of the guide, or without one of the image itself."""

    def __init__(self, *, guided: bool) -> None:
        super().__init__()
        self.guided, self.share = guided, torch.nn.Parameter(torch.tensor(0.1))

    def forward(self, upsampled: Tensor, guide: Tensor | None = None) -> Tensor:
        return upsampled + self.share * (upsampled if guide is None else guide)


def candidate(name: str, *, guided: bool = True, **more: Any) -> Candidate:
    return Candidate(name, Cascade((Adds(guided=guided),)), **more)


FIRST, PLAIN = candidate("guided"), candidate("plain", guided=False)


def aligned(factors: tuple[float, ...], *, guided: bool = True) -> Aligned:
    rng = np.random.default_rng(0)
    fine = COARSE.refined(factors)
    y, g = (ndimage.gaussian_filter(rng.random(grid.shape), 1) for grid in (COARSE, fine))
    guide = Volume(1 + g, fine) if guided else None
    return Aligned(Pair(Volume(100 + 500 * y, COARSE), fine, guide), warnings=("from aligning",))


def enhanced(
    factors: tuple[float, ...], candidates: Sequence[PassCandidates], *, guided: bool = True
) -> Enhanced:
    return enhance(aligned(factors, guided=guided), candidates, CPU)


@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 1, 2)])
@pytest.mark.parametrize("guided", [True, False])
def test_one_pass_leads_to_the_fine_grid(factors: tuple[float, ...], guided: bool) -> None:
    done = enhanced(factors, [PassCandidates(FIRST if guided else PLAIN)], guided=guided)
    assert len(done.passes) == 1
    assert done.volume.grid == COARSE.refined(factors)
    assert done.result is done.passes[0].result
    assert done.consistency.result < done.consistency.interpolation
    assert done.weights == ("guided" if guided else "plain")
    assert done.guide_left_out is False


def test_three_axes_take_two_passes_and_agree_with_the_scan_over_all() -> None:
    done = enhanced((2, 2, 2), [PassCandidates(FIRST), PassCandidates(PLAIN)])
    assert [one.factors for one in done.passes] == [(2, 2, 1), (1, 1, 2)]
    assert done.passes[1].pair.target.grid == done.passes[0].result.volume.grid
    assert done.volume.grid == COARSE.refined(2)
    assert done.consistency.result < 1e-3
    assert done.weights == "guided, then plain"


class Pits(torch.nn.Module):
    """Takes twice its intensity from every other row."""

    def __init__(self) -> None:
        super().__init__()
        self.guided, self.share = False, torch.nn.Parameter(torch.tensor(2.0))

    def forward(self, upsampled: Tensor, guide: Tensor | None = None) -> Tensor:
        pits = torch.zeros_like(upsampled)
        pits[..., ::2, :] = upsampled[..., ::2, :]
        return upsampled - self.share * pits


@pytest.mark.parametrize("noise", [0.0, 20.0])
@pytest.mark.parametrize("factors", [(2, 2, 1), (2, 2, 2)])
def test_the_share_at_bounds_is_that_of_the_last_step(
    factors: tuple[float, ...], noise: float
) -> None:
    scan = Volume(head(SMALL), SMALL)
    pair = Aligned(Pair(scan, SMALL.refined(factors)))
    networks = [PassCandidates(Candidate("pits", Cascade((Pits(),))))] * (1 + (factors[2] > 1))
    settings = EnhanceSettings(device="cpu", noise=noise)
    done = enhance(pair, networks, settings)
    assert 0 < done.consistency.at_bounds < 0.6
    last = done.passes[-1]
    if len(networks) == 1:
        assert done.consistency.at_bounds == last.result.consistency.at_bounds
        return
    joint = Pair(denoised(Pair(scan, pair.pair.fine), done.noise).target, pair.pair.fine)
    exact = weighted(last.back_projection, done.noise, joint)
    again = back_projected(joint, last.result.volume, exact, 0.0)
    assert done.consistency.at_bounds == again.consistency.at_bounds
    assert done.consistency.at_bounds != last.result.consistency.at_bounds


def test_the_guide_of_the_first_pass_is_a_scan_of_it_on_the_grid_of_the_pass() -> None:
    done = enhanced((2, 2, 2), [PassCandidates(FIRST), PassCandidates(FIRST)])
    first, second = (one.pair.guide for one in done.passes)
    assert first is not None
    assert second is not None
    assert first.grid == COARSE.refined((2, 2, 1))
    np.testing.assert_allclose(first.data.mean(), second.data.mean(), rtol=1e-3)


def test_back_projection_can_be_switched_off_and_replaced() -> None:
    found = {
        kind: enhance(
            aligned((2, 2, 2)),
            [PassCandidates(FIRST)] * 2,
            EnhanceSettings(device="cpu", back_projection=kind),
        ).consistency.result
        for kind in ("none", "iterative", "exact")
    }
    assert found["exact"] < found["iterative"] < found["none"]


def test_the_self_validation_decides_unless_the_first_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leave_out(guided: Candidate, unguided: Candidate, *_: object, **__: object) -> Choice:
        return Choice(unguided, gains={"guided": 1.0, "plain": 2.0}, warning="no fit")

    monkeypatch.setattr(method, "choose", leave_out)
    both = PassCandidates(FIRST, PLAIN)
    done = enhanced((2, 2, 1), [both])
    assert done.guide_left_out
    assert done.pair.guide is None
    assert done.warnings == ("no fit",)
    keep = EnhanceSettings(device="cpu", keep_guide=True)
    assert enhance(aligned((2, 2, 1)), [both], keep).weights == "guided"
    named = PassCandidates(FIRST, PLAIN, compare=False)
    assert enhanced((2, 2, 1), [named]).weights == "guided"


def test_a_guide_may_serve_one_pass_and_not_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(guided: Candidate, unguided: Candidate, seen: Aligned, **_: object) -> Choice:
        plane = seen.pair.fine.shape[2] == COARSE.shape[2]
        return Choice(guided) if plane else Choice(unguided, warning="no fit")

    monkeypatch.setattr(method, "choose", choose)
    with pytest.warns(CrossresWarning, match="^across the slices: no fit"):
        done = enhanced((2, 2, 2), [PassCandidates(FIRST, PLAIN)] * 2)
    assert [one.pair.guide is None for one in done.passes] == [False, True]
    assert done.guide_left_out is False


def test_warnings_come_in_order_each_once_and_name_the_pass() -> None:
    limited = candidate("far", limits=lambda pair: ["outside"], notes=("other contrast",))
    done = enhanced((2, 2, 2), [PassCandidates(limited)] * 2)
    assert done.warnings == (
        "other contrast", "from aligning", "in the plane: outside", "across the slices: outside",
    )  # fmt: skip


def test_timings_and_warnings_of_an_earlier_step_are_kept() -> None:
    log = RunLog()
    log.warn(["earlier"])
    log.lap("reading")
    done = enhance(aligned((2, 2, 1)), [PassCandidates(FIRST)], CPU, log=log)
    assert done.warnings[0] == "earlier"
    steps = {"reading", "noise_and_resolution", "self_validation", "enhancing", "total"}
    assert set(done.timings) == steps


def test_the_influence_of_the_guide_in_both_passes_is_on_the_fine_grid() -> None:
    settings = EnhanceSettings(device="cpu", guide_influence=True, keep_guide=True)
    done = enhance(aligned((2, 2, 2)), [PassCandidates(FIRST, PLAIN)] * 2, settings)
    influence = done.guide_influence
    assert influence is not None
    assert influence.grid == done.volume.grid
    assert np.abs(influence.data).max() > 0


def test_the_order_of_voxels_does_not_matter() -> None:
    cut = (2, 0, 1), (True, False, True)
    straight = aligned((2, 2, 2))
    assert straight.pair.guide is not None
    pair = Pair(*(x.reordered(*cut) for x in (straight.pair.target, straight.pair.fine)))
    moved = Aligned(Pair(pair.target, pair.fine, straight.pair.guide.reordered(*cut)))
    both = [PassCandidates(FIRST)] * 2
    back = enhance(moved, both, CPU).volume.restored(*cut)
    expected = enhance(straight, both, CPU).volume
    np.testing.assert_allclose(back.data, expected.data, rtol=1e-3)


def test_all_networks_of_a_pass_compute_in_the_precision_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def choose(guided: Candidate, unguided: Candidate, *_: object, **__: object) -> Choice:
        seen.extend(each.cascade.precision for each in (guided, unguided))
        return Choice(guided, unguided)

    monkeypatch.setattr(method, "choose", choose)
    both = PassCandidates(candidate("a"), candidate("b", guided=False))
    settings = EnhanceSettings(precision="bfloat16", device="cpu")
    method.enhance(aligned((2, 2, 1)), [both], settings)
    assert seen == ["bfloat16", "bfloat16"]
    assert both.first.cascade.precision == "float32"


def test_each_pass_needs_its_candidates() -> None:
    with pytest.raises(SettingsError, match="2 passes need candidates for each, got 1"):
        enhanced((2, 2, 2), [PassCandidates(FIRST)])


def test_an_axis_must_get_finer_and_a_guided_candidate_needs_a_guide() -> None:
    with pytest.raises(GridError, match="no axis gets finer"):
        enhanced((1, 1, 1), [PassCandidates(FIRST)])
    with pytest.raises(SettingsError, match="need a guide"):
        enhanced((2, 2, 1), [PassCandidates(FIRST)], guided=False)


def test_only_what_was_not_scanned_stays_empty() -> None:
    data = np.ones((4, 4, 4), np.float32)
    data[0] = 0
    scan = Volume(data, Grid((4, 4, 4), np.diag([2.0, 2.0, 4.0, 1.0])))
    fine = scan.grid.refined((2, 2, 1))
    again = _next_target(scan, scan.with_data(np.zeros(fine.shape), fine)).data
    assert not again[:2].any()
    assert (again[2:] > 0).all()
    assert again.max() < 1e-30


def head(grid: Grid, phase: float = 0.0) -> np.ndarray:
    """Return tissue of 200 to 600 in an ellipsoid, 0 around it."""
    i, j, k = (2 * (np.arange(n) + 0.5) / n - 1 for n in grid.shape)
    i, j, k = i[:, None, None], j[None, :, None], k[None, None, :]
    tissue = np.rint(400 + 200 * np.sin(11 * i + phase) * np.cos(9 * j) * np.cos(2 * k))
    return np.where(i**2 + j**2 + k**2 < 0.6, tissue, 0.0)


def law(
    factors: tuple[float, ...],
    guided: bool,
    change: Callable[[np.ndarray], np.ndarray],
    change_guide: Callable[[np.ndarray], np.ndarray] = lambda guide: guide,
    *,
    guide_influence: bool = False,
) -> tuple[np.ndarray, Enhanced]:
    """Enhance a scan as it is and after a change of its intensities."""
    fine = SMALL.refined(factors)
    guide = Volume(head(fine, 1.0), fine) if guided else None
    done = []
    for target, other in ((lambda x: x, lambda x: x), (change, change_guide)):
        shown = None if guide is None else guide.with_data(other(guide.data))
        pair = Aligned(Pair(Volume(target(head(SMALL)), SMALL), fine, shown))
        first, count = FIRST if guided else PLAIN, 2 if factors[2] > 1 else 1
        settings = EnhanceSettings(device="cpu", guide_influence=guide_influence)
        done.append(enhance(pair, [PassCandidates(first, PLAIN)] * count, settings))
    return done[0].volume.data, done[1]


ROUNDING = 0.01  # of intensities up to 600 and offsets up to 1024 in float32


@pytest.mark.parametrize(
    ("factors", "guided", "slope", "offset"),
    [
        ((2, 2, 1), True, 1, -1024),
        ((4, 4, 1), False, 1, -1024),
        ((2, 2, 2), True, 1, -1024),
        ((2, 2, 1), False, 1, 1000),
        ((2, 2, 1), True, 0.004, -1.7),
        ((4, 4, 1), True, 30, 0),
    ],
)
def test_offset_and_scale_of_a_scan_are_those_of_its_result(
    factors: tuple[float, ...], guided: bool, slope: float, offset: float
) -> None:
    plain, done = law(factors, guided, lambda scan: slope * scan + offset)
    assert np.abs(done.volume.data - (slope * plain + offset)).max() < ROUNDING * slope
    assert done.background.air == pytest.approx(offset)
    assert [text for text in done.warnings if "background" in text] == [
        f"the background of the target is {offset:g}, not 0: it was subtracted for the computation "
        "and added again"
    ] * (offset != 0)


@pytest.mark.parametrize(
    ("factors", "guided", "padding"),
    [((2, 2, 1), True, -1024), ((4, 4, 1), False, -32768), ((2, 2, 2), False, -1024)],
)
def test_padding_gives_the_result_of_a_background_of_0(
    factors: tuple[float, ...], guided: bool, padding: int
) -> None:
    plain, done = law(factors, guided, lambda scan: np.where(scan == 0, padding, scan))
    assert np.array_equal(done.volume.data, plain)
    assert done.background.padding == padding
    assert f"the background of the target is {padding}, below its" in done.warnings[0]


@pytest.mark.parametrize("offset", [-1024, 1000])
def test_the_offset_of_the_guide_does_not_matter(offset: int) -> None:
    plain, done = law((2, 2, 1), True, lambda scan: scan, lambda guide: guide + offset)
    assert np.abs(done.volume.data - plain).max() < ROUNDING


def test_maps_do_not_depend_on_the_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossres.inference.predicted_error.LEAST_VOXELS", 1)
    _, plain = law((2, 2, 1), True, lambda scan: scan, guide_influence=True)
    _, moved = law((2, 2, 1), True, lambda scan: scan - 1024, guide_influence=True)
    for get in (lambda done: done.guide_influence, lambda done: done.predicted_error.volume):
        both = [get(done).data for done in (plain, moved)]
        assert np.abs(both[0] - both[1]).max() < ROUNDING
    assert moved.consistency.result == pytest.approx(plain.consistency.result, abs=1e-5)
    assert np.abs(moved.interpolated.data + 1024 - plain.interpolated.data).max() < ROUNDING


def test_a_masked_background_stays_what_it_is() -> None:
    def z_scores(scan: np.ndarray) -> np.ndarray:
        inside = scan[scan > 0]
        return np.where(scan > 0, (scan - inside.mean()) / inside.std(), 0)

    plain, done = law((2, 2, 1), False, z_scores)
    around = plain == 0
    assert around.any()
    assert not done.volume.data[around].any()
    assert done.volume.data[~around].min() < -1
    assert done.background.masked


def test_an_ordinary_scan_is_used_itself() -> None:
    given = aligned((2, 2, 1))
    done = enhance(given, [PassCandidates(FIRST)], CPU)
    assert done.pair.target is given.pair.target
    assert done.volume is done.result.volume
    assert done.interpolated is done.result.interpolated


@pytest.mark.parametrize("kind", [Candidate, Enhanced, Result])
def test_objects_with_arrays_are_compared_by_identity(kind: type) -> None:
    assert kind.__eq__ is object.__eq__
    assert kind.__hash__ is object.__hash__
