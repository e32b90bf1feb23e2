"""Evidence beside a result: standard deviation over the self-ensemble, influence of the guide."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from crossres.inference.agreement import constrain
from crossres.inference.cascade import Cascade
from crossres.inference.protocol import EnsembleEnhancer
from crossres.inference.single_pass import Result, empty_voxels, estimate_volume, part_of
from crossres.inference.slicing import slice_orders
from crossres.physics import interpolate_volume
from crossres.types import Progress
from crossres.volume import Grid, Pair, Volume, without_background


@dataclass(frozen=True, eq=False)
class Evidence:
    """Maps beside a result; None where there is none.

    Args:
        standard_deviation: Over the self-ensemble, on the fine grid, in the scan's intensities.
        influence: The result minus one by unguided weights, in the scan's intensities.
    """

    standard_deviation: Volume | None = None
    influence: Volume | None = None


def super_resolve_with_deviation(
    enhancer: EnsembleEnhancer,
    pair: Pair,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> tuple[Result, Volume]:
    """Enhance in every orientation, and measure the standard deviation over the estimates.

    A network that was trained on images in all orientations has no reason to prefer one: where its
    estimates differ it is uncertain. Errors that all of them share are not seen. The standard
    deviation ranks errors, it does not measure them (docs/concepts/trust.md).

    Args:
        enhancer: A cascade or a blend.
        pair: Target, guide on the fine grid, and the fine grid.
        batch: Slices at a time, as :func:`estimate_volume` takes it.
        device: Where the networks run.
        progress: Called with (slices done, total slices), all orientations together.

    Returns:
        The mean estimate; and the standard deviation on the fine grid, in the target's intensities.

    Raises:
        GridError: No axis gets finer, or all three do.
        SettingsError: A guided enhancer without a guide, or a batch below 1.
    """
    start, scan = time.perf_counter(), pair.target
    pair, background = without_background(pair)
    cuts = slice_orders(pair.target.grid, pair.fine)
    slices = sum(pair.fine.shape[order[2]] for order, _ in cuts)
    mean, squares = np.zeros(pair.fine.shape), np.zeros(pair.fine.shape)
    for number, orientation in enumerate(enhancer.orientations):
        seen = estimate_volume(
            enhancer.self_ensemble((orientation,)), pair, batch=batch, device=device,
            progress=part_of(progress, [slices] * len(enhancer.orientations), number),
        )  # fmt: skip
        away = seen.data - mean
        mean = mean + away / (number + 1)
        squares = squares + away * (seen.data - mean)
    deviation = np.sqrt(squares / (len(enhancer.orientations) - 1))
    deviation[empty_voxels(pair.target.data, pair.fine)] = 0
    found = constrain(seen.with_data(mean), pair, enhancer.back_projection)
    seconds = time.perf_counter() - start
    result = Result.of(pair, found.volume, seconds, at_bounds=found.at_bounds)
    return result.restored(background, scan), seen.with_data(deviation)


def super_resolve_with_evidence(
    enhancer: EnsembleEnhancer,
    unguided: Cascade | None,
    pair: Pair,
    *,
    batch: int | None = None,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> tuple[Result, Evidence]:
    """Enhance in every orientation, and once without the guide where there are networks for that.

    Args:
        enhancer: A cascade or a blend.
        unguided: An unguided cascade of the same kind, or None.
        pair: Target, fine grid and guide.
        batch: Slices at a time, as :func:`estimate_volume` takes it.
        device: Where the networks run.
        progress: Called with (slices done, total slices) of the orientations.

    Returns:
        The mean estimate, and its evidence.

    Raises:
        GridError: No axis gets finer, or all three do.
        SettingsError: A guided enhancer without a guide, or a batch below 1.
    """
    result, deviation = super_resolve_with_deviation(
        enhancer, pair, batch=batch, device=device, progress=progress
    )
    if pair.guide is None or unguided is None:
        return result, Evidence(deviation)
    alike = unguided.with_back_projection(enhancer.back_projection)
    alone = Pair(pair.target, pair.fine)
    without = estimate_volume(alike, alone, batch=batch, device=device)
    without = constrain(without, alone, enhancer.back_projection).volume
    return result, Evidence(deviation, without.with_data(result.volume.data - without.data))


def joint_evidence(parts: Sequence[Evidence], fine: Grid) -> Evidence:
    """Return the evidence of several passes on the grid of the last.

    Standard deviations are added in squares, as errors are; influences are summed.

    Args:
        parts: One per pass.
        fine: The grid of the last pass.

    Returns:
        Maps on ``fine``; None where no pass has one.
    """
    if len(parts) == 1:
        return parts[0]
    given = [part.standard_deviation for part in parts]
    deviations = [_on(one, fine) for one in given if one is not None]
    influences = [_on(p.influence, fine) for p in parts if p.influence is not None]
    deviation = np.sqrt(np.sum([np.square(one.data) for one in deviations], axis=0))
    influence = np.sum([one.data for one in influences], axis=0)
    return Evidence(
        deviations[0].with_data(deviation) if deviations else None,
        influences[0].with_data(influence) if influences else None,
    )


def _on(volume: Volume, fine: Grid) -> Volume:
    """Interpolate a map onto a finer grid."""
    return volume if volume.grid.shape == fine.shape else interpolate_volume(volume, fine)
