"""Pseudo-targets: images as fine as the guide, not measured by any scan, for training.

Low-resolution scans show what a stage does at their own scale only. A network that was trained
there alone is applied at finer scales, which it has not been trained on. A scan's local regression
on its guide has the guide's edges in the target's contrast, at every scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from crossres.inference import Example
from crossres.inference.cascade import point_spread
from crossres.inference.regression import regress_on_guide
from crossres.inference.stages import stage_grids
from crossres.physics import Acquisition
from crossres.training.base import Stack, stack
from crossres.types import Fine

MOST_SLICES = 400
"""Of all examples together, per scale: they are large, and neighbours show the same."""


def pseudo_targets(examples: Sequence[Example], stages: int, *, blurred: bool) -> list[Stack]:
    """Return pseudo-targets with their guides on the grid that each stage leads to.

    On each grid patches are drawn from them about as often as from the scans.

    Args:
        examples: Low-resolution slices; those without a guide have no pseudo-target.
        stages: Stages from the coarse grids to the fine ones, at least 1.
        blurred: Whether images on the fine grid carry the blur of their own voxels, as scans do:
            for training that takes it away (``PatchTraining.deblur_noise``).

    Returns:
        Per example and grid: slices ``(n, 2, i, j)``, about 0-1, channel 0 the pseudo-target and 1
        the guide; their grid; the density of patch centres.

    Raises:
        GridError: The slices' axis gets finer, or grids do not share their voxel edges.

    References:
        He 2013, doi 10.1109/TPAMI.2012.213 (the local regression is a generalised guided filter).
    """
    slices = sum(len(example.target) for example in examples)
    every = math.ceil(slices / MOST_SLICES)
    return [
        stacked
        for example in examples
        if example.guide is not None
        for stacked in _of(example, example.guide, stages, every, blurred)
    ]


def _of(example: Example, guide: Fine, stages: int, every: int, blurred: bool) -> list[Stack]:
    coarse, fine = example.coarse, example.fine
    target, guide = example.target[::every], guide[::every]
    whole = stack(regress_on_guide(target, guide, coarse, fine), guide)
    pixels = example.target.shape[2] * example.target.shape[3]
    stacks: list[Stack] = []
    for grid in stage_grids(coarse, fine, stages):
        unchanged = grid.shape == fine.shape
        scan = point_spread(fine) if blurred and unchanged else Acquisition(fine, grid)
        share = pixels / (grid.shape[0] * grid.shape[1])
        stacks.append((scan.forward(whole), grid, min(1.0, every * share) * example.density))
    return stacks
