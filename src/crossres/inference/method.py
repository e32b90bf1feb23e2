"""The whole method on volumes: choose, enhance in one pass or two, agree with the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from crossres.inference.choice import Candidate, Choice, PassCandidates, choose
from crossres.inference.device import on_device
from crossres.inference.enhanced import Enhanced, Pass
from crossres.inference.guide_influence import guide_influence, joint_influence
from crossres.inference.log import RunLog
from crossres.inference.noise import expected_error, needs_denoising, weighted
from crossres.inference.placement import better_placed, on_grid
from crossres.inference.prepared_scan import prepare
from crossres.inference.settings import EnhanceSettings
from crossres.inference.single_pass import Result, back_projected, empty_voxels, super_resolve
from crossres.physics import NoiseLevel
from crossres.registration import Aligned
from crossres.types import Progress, SettingsError
from crossres.volume import Pair, Volume, pass_grids

DEFAULTS = EnhanceSettings()
_PLACES = {1: ("",), 2: ("in the plane", "across the slices")}


def enhance(
    aligned: Aligned,
    candidates: Sequence[PassCandidates],
    settings: EnhanceSettings = DEFAULTS,
    *,
    log: RunLog | None = None,
    progress: Progress | None = None,
) -> Enhanced:
    """Enhance an aligned pair: the method of ``crossres enhance``, on volumes.

    Args:
        aligned: Target, fine grid and guide, from :func:`crossres.align`.
        candidates: One per pass: one where at most two axes get finer, else two (the plane, then
            across the slices).
        settings: How; registration is over.
        log: Warnings and timings so far; a new log by default.
        progress: Called with (slices done, total slices) of each pass.

    Returns:
        The enhanced scan.

    Raises:
        SettingsError: The number of candidates is not that of the passes, guided networks without a
            guide, a device that does not exist, or a noise that cannot be that of the scan.
        GridError: No axis gets finer.
        VolumeError: NaN or infinite voxels, or a background brighter than the head.

    Example:
        >>> from crossres import align, load_weights, make_pair
        >>> from crossres.physics import degrade
        >>> t1, t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)
        >>> coarse = degrade(t2, t2.grid.coarsened((2, 2, 1)))
        >>> mine = Candidate("mine", load_weights("t1-t2-axial-x2"))
        >>> done = enhance(align(coarse, t1, t2.grid, register=False), [PassCandidates(mine)])
        >>> done.volume.shape == t2.shape
        True
    """
    log = RunLog() if log is None else log
    settings = on_device(settings)
    grids = pass_grids(aligned.pair.target.grid, aligned.pair.fine)
    if len(candidates) != len(grids):
        raise SettingsError(
            f"{len(grids)} passes need candidates for each, got {len(candidates)}; see pass_grids"
        )
    candidates = [each.with_precision(settings.precision) for each in candidates]
    prepared = prepare(aligned.pair, noise=settings.noise, plane_profile=settings.plane_profile)
    log.warn(prepared.notes)
    log.lap("noise_and_resolution")
    pair, noise = prepared.pair, prepared.noise
    given, aligned = aligned, replace(aligned, pair=pair)
    if pair.guide is not None:
        cascade = candidates[0].first.cascade
        aligned = better_placed(aligned, cascade, grids[0], device=settings.device)
        given = replace(aligned, pair=replace(aligned.pair, target=given.pair.target))
        pair = aligned.pair
        log.lap("self_validation", "of the registration")
    passes: list[Pass] = []
    current = pair.target
    for grid, each, place in zip(grids, candidates, _PLACES[len(grids)], strict=True):
        seen = on_grid(aligned, current, grid)
        passes.append(_pass(seen, each, settings, noise, log, place, progress))
        current = _next_target(pair.target, passes[-1].result.volume)
    pair, result = _joined(passes, pair, prepared.denoised, prepared.scan, noise)
    influence = joint_influence([done.guide_influence for done in passes], pair.fine)
    log.lap("enhancing", "over all axes")
    return Enhanced(
        pair, given, result, tuple(passes), influence, tuple(log.warnings), log.seconds,
        background=prepared.background, noise=noise, resolution=prepared.resolution,
        plane_profile=prepared.plane_profile,
    )  # fmt: skip


def _pass(
    aligned: Aligned,
    candidates: PassCandidates,
    settings: EnhanceSettings,
    noise: NoiseLevel,
    log: RunLog,
    place: str,
    progress: Progress | None,
) -> Pass:
    """Choose the networks of a pass, warn before the slow part, and enhance."""
    choice = _chosen(aligned, candidates, settings)
    log.lap("self_validation", place)
    prefix = f"{place}: " if place else ""
    guided = choice.candidate is not candidates.unguided
    pair = aligned.pair if guided else Pair(aligned.pair.target, aligned.pair.fine)
    log.warn([] if choice.warning is None else [prefix + choice.warning])
    if guided:
        log.warn([*choice.candidate.notes, *aligned.warnings])
    log.warn(prefix + text for text in choice.candidate.limits(pair))
    done = _enhanced(choice, candidates.unguided, pair, settings, noise, progress)
    log.lap("enhancing", place)
    return done


def _chosen(aligned: Aligned, candidates: PassCandidates, settings: EnhanceSettings) -> Choice:
    """Compare the candidates by self-validation, unless the first ones are required."""
    first, unguided = candidates.first, candidates.unguided
    required = settings.keep_guide or not candidates.compare
    if aligned.pair.guide is None or required or unguided is None:
        return Choice(first)
    return choose(first, unguided, aligned, device=settings.device)


def _enhanced(
    choice: Choice,
    unguided: Candidate | None,
    pair: Pair,
    settings: EnhanceSettings,
    noise: NoiseLevel,
    progress: Progress | None,
) -> Pass:
    """Run a pass, and once more without the guide where the settings require its influence."""
    enhancer, influence = choice.enhancer, None
    method = settings.projection or enhancer.back_projection
    if settings.projection is not None or needs_denoising(noise):
        enhancer = enhancer.with_back_projection(weighted(method, noise, pair))
    batch, device = settings.batch, settings.device
    averaged = enhancer.self_ensemble() if settings.ensemble else enhancer
    result = super_resolve(averaged, pair, batch=batch, device=device, progress=progress)
    if settings.guide_influence and unguided is not None:
        influence = guide_influence(
            result.volume, unguided.cascade, pair, enhancer.back_projection, batch=batch,
            device=device,
        )  # fmt: skip
    return Pass(choice, pair, method, result, influence)


def _next_target(scan: Volume, result: Volume) -> Volume:
    """Return a pass's result as the next one's target.

    Zero in a target means that nothing was scanned there. That holds only where the scan itself is
    empty; elsewhere a zero is a very small estimate.
    """
    small = (result.data == 0) & ~empty_voxels(scan.data, result.grid)
    return result.with_data(np.where(small, np.finfo(np.float32).tiny, result.data))


def _joined(
    passes: Sequence[Pass], pair: Pair, measured: Volume, scan: Volume, noise: NoiseLevel
) -> tuple[Pair, Result]:
    """Return the pair that was used, and a result that agrees with the scan over all its axes."""
    last, seconds = passes[-1], sum(done.result.seconds for done in passes)
    guide = pair.guide if any(done.pair.guide is not None for done in passes) else None
    result, used = last.result, Pair(scan, pair.fine, guide)
    if len(passes) > 1 or measured is not pair.target:
        over_all = Pair(measured, pair.fine)
        method = weighted(last.back_projection, noise, over_all)
        result = back_projected(over_all, result.volume, method, seconds)
    if needs_denoising(noise):
        result = Result.of(used, result.volume, seconds, at_bounds=result.consistency.at_bounds)
        expected = expected_error(scan, noise)
        result = replace(result, consistency=replace(result.consistency, noise=expected))
    return used, result
