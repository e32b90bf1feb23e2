"""Passes over a scan: one where two axes at most get finer, else the plane and then across it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from crossres.files import sha256
from crossres.inference.cascade import Cascade
from crossres.inference.choice import Choice, choose
from crossres.inference.evidence import Evidence, enhance_with_evidence
from crossres.inference.single_pass import Result, empty_voxels, super_resolve
from crossres.physics import Acquisition, BackProjection
from crossres.registration import Paired
from crossres.types import Progress
from crossres.volume import Grid, Pair, Volume, pass_grids
from crossres.weights import WeightCard, read_card
from crossres.weights.choose import check_guide, unguided_of, weights_for
from crossres.weights.store import weights_path
from crossres.workflows.enhance import Request

Load = Callable[[str], Cascade]
"""Gives the cascade of weights by their name."""


@dataclass(frozen=True, eq=False)
class Step:
    """A pass to be made.

    Args:
        fine: The grid it leads to.
        weights: Name or file.
        named: Whether somebody asked for these weights.
        where: What to call the pass among several; empty for the only one.
    """

    fine: Grid
    weights: str
    named: bool
    where: str


@dataclass(frozen=True, eq=False)
class Pass:
    """A pass that was made.

    Args:
        choice: Weights, and how they did in rehearsal.
        card: Theirs.
        pair: Target, fine grid and guide as the networks saw them.
        back_projection: How it was made to agree with its target.
        result: What came of it.
        evidence: What it rests on.
    """

    choice: Choice
    card: WeightCard
    pair: Pair
    back_projection: BackProjection
    result: Result
    evidence: Evidence

    def told(self, *, guided: bool) -> dict[str, object]:
        """Return what the sidecar says of it.

        Args:
            guided: Whether there was a guide to be used.
        """
        before, after = self.result.consistency_before, self.result.consistency_after
        return {
            "weights": self.card.name,
            "weights_sha256": sha256(weights_path(self.choice.weights)),
            "weights_beside": self._beside(),
            "factors": self.pair.target.grid.factors_to(self.pair.fine),
            "rehearsal_gain_db": self.choice.gains,
            "guide_left_out": guided and self.pair.guide is None,
            "consistency": {"interpolation": before, "result": after},
        }

    def _beside(self) -> dict[str, str] | None:
        name = self.choice.beside
        return None if name is None else {"name": name, "sha256": sha256(weights_path(name))}


def plan_passes(request: Request, coarse: Grid, fine: Grid) -> list[Step]:
    """Return the passes that lead from a scan to the grid wanted.

    Raises:
        WeightsError: Unknown weights, too many, or some that do not go with (or without) a guide.
    """
    grids = pass_grids(coarse, fine)
    starts = [coarse, *grids[:-1]]
    factors = [start.factors_to(grid) for start, grid in zip(starts, grids, strict=True)]
    guided = request.guide is not None
    weights = weights_for(request.weights, factors, guided=[guided] * len(factors))
    for name, _ in weights:
        check_guide(read_card(name), guided=guided)
    places = ("in the plane: ", "across the slices: ") if len(grids) > 1 else ("",)
    return [
        Step(grid, name, named, where)
        for grid, (name, named), where in zip(grids, weights, places, strict=True)
    ]


def paired_for(step: Step, target: Volume, paired: Paired) -> Paired:
    """Return what a pass works on: its target, and the guide as a scan on its grid would show it.

    Args:
        step: The pass.
        target: What it starts from.
        paired: Target, guide and grid of the whole.
    """
    guide, whole = paired.pair.guide, paired.pair.fine
    if guide is not None and step.fine.shape != whole.shape:
        seen = Acquisition(whole, step.fine).forward(torch.from_numpy(guide.data)[None, None])
        guide = guide.with_data(seen[0, 0].numpy(), step.fine)
    return replace(paired, pair=Pair(target, step.fine, guide))


def chosen(request: Request, step: Step, paired: Paired, load: Load) -> Choice:
    """Let the guide prove itself, unless nothing else than these weights is wanted."""
    unguided = unguided_of(step.weights)
    sure = step.named or request.keep_guide
    if request.guide is None or sure or unguided is None:
        return Choice(step.weights, {})
    return choose(step.weights, unguided, paired, device=request.device, load=load)


def carry_out_pass(
    request: Request, choice: Choice, pair: Pair, load: Load, progress: Progress | None
) -> Pass:
    """Enhance, with evidence if that is wanted."""
    cascade = choice.load(load)
    if request.back_projection is not None:
        cascade = cascade.agreeing(request.back_projection)
    how: dict[str, Any] = {"batch": request.batch, "device": request.device, "progress": progress}
    evidence = Evidence()
    if request.evidence:
        result, evidence = enhance_with_evidence(cascade, choice.weights, pair, load=load, **how)
    else:
        result = super_resolve(cascade.turned() if request.ensemble else cascade, pair, **how)
    card = read_card(choice.weights)
    return Pass(choice, card, pair, cascade.back_projection, result, evidence)


def next_target(scan: Volume, result: Volume) -> Volume:
    """Return a pass's result as the next one's target.

    Zero in a target means that nothing was scanned there. Only where the scan itself is empty is
    that so; elsewhere a zero is a very small estimate.
    """
    small = (result.data == 0) & ~empty_voxels(scan.data, result.grid)
    return result.with_data(np.where(small, np.finfo(np.float32).tiny, result.data))


def evidence_of(passes: Sequence[Pass]) -> Evidence:
    """Return what the result of several passes rests on, on the grid of the last.

    Each pass's maps are interpolated there; spreads add up as errors do, in squares, and what the
    guide changed is summed.
    """
    if len(passes) == 1:
        return passes[0].evidence
    fine, maps = passes[-1].pair.fine, [done.evidence for done in passes]
    spreads = [_brought(one.spread, fine) for one in maps if one.spread is not None]
    changes = [_brought(one.influence, fine) for one in maps if one.influence is not None]
    spread = np.sqrt(np.sum([np.square(one.data) for one in spreads], axis=0))
    change = np.sum([one.data for one in changes], axis=0)
    return Evidence(
        spreads[0].with_data(spread) if spreads else None,
        changes[0].with_data(change) if changes else None,
    )


def _brought(volume: Volume, fine: Grid) -> Volume:
    """Interpolate a map onto a finer grid."""
    if volume.grid.shape == fine.shape:
        return volume
    data = torch.from_numpy(volume.data)[None, None]
    return volume.with_data(Acquisition(fine, volume.grid).upsample(data)[0, 0].numpy(), fine)
