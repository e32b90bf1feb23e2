"""Pseudo-targets: images as fine as the guide that no scan is behind, to learn the fine scale from.

Low-resolution scans show what a stage does at their own scale, and a network that learned there
alone is used at finer ones, where it has never seen an edge. A scan's local regression on its guide
has the guide's edges in the target's contrast, at every scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from crossres.inference import Example
from crossres.inference.cascade import point_spread, stage_grids
from crossres.inference.regression import regress_on_guide
from crossres.physics import Acquisition
from crossres.training.base import Slices, Stack, stack

MOST_SLICES = 400
"""Of the whole cohort, per scale: they are large, and neighbours show the same."""


def pseudo_targets(cohort: Sequence[Example], stages: int, *, blurred: bool) -> list[Stack]:
    """Return pseudo-targets beside their guides on the grid that each stage leads to.

    On each grid patches are drawn from them about as often as from the scans.

    Args:
        cohort: Low-resolution examples; those without a guide have no pseudo-target.
        stages: Stages from the coarse grids to the fine ones.
        blurred: On the fine grid images carry the blur of their own voxels, as scans do: for
            training that takes it away (``PatchTraining.deblur_noise``).

    Returns:
        Per example and grid: slices ``(n, 2, i, j)``, about 0-1, channel 0 the pseudo-target and 1
        the guide; their grid; the share of their places to draw from.

    Raises:
        GridError: The slices' axis gets finer, or grids do not share their voxel edges.
    """
    slices = sum(len(example.target) for example in cohort)
    every = math.ceil(slices / MOST_SLICES)
    return [
        stacked
        for example in cohort
        if example.guide is not None
        for stacked in _of(example, example.guide, stages, every, blurred)
    ]


def _of(example: Example, guide: Slices, stages: int, every: int, blurred: bool) -> list[Stack]:
    coarse, fine = example.coarse, example.fine
    target, guide = example.target[::every], guide[::every]
    whole = stack(regress_on_guide(target, guide, coarse, fine), guide)
    pixels = example.target.shape[2] * example.target.shape[3]
    found: list[Stack] = []
    for grid in stage_grids(coarse, fine, stages):
        unchanged = grid.shape == fine.shape
        scan = point_spread(fine) if blurred and unchanged else Acquisition(fine, grid)
        share = pixels / (grid.shape[0] * grid.shape[1])
        found.append((scan.forward(whole), grid, min(1.0, every * share) * example.density))
    return found
