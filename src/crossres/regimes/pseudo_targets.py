"""Pseudo-targets: images as fine as the guide that no scan is behind, to learn the fine scale from.

Low-resolution scans show what a stage does at their own scale, and a network that learned there
alone is used at finer ones, where it has never seen an edge. A scan's local regression on its guide
has the guide's edges in the target's contrast, at every scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from crossres.cascade import point_spread, stage_grids
from crossres.guided_regression import regress_on_guide
from crossres.physics import Acquisition
from crossres.regimes.learning import Example, Slices, Stack, stack
from crossres.volume import Grid

AT_MOST = 400
"""Slices per scale: they are large, and neighbours show the same."""


def pseudo_targets(cohort: Sequence[Example], stages: int, *, blurred: bool) -> list[Stack]:
    """Return pseudo-targets beside their guides on the grid that each stage leads to.

    On each grid patches are drawn from them as often as from the scans.

    Args:
        cohort: Low-resolution examples; those without a guide have no pseudo-target.
        stages: Stages from the coarse grids to the fine ones.
        blurred: On the fine grid images carry the blur of their own voxels, as scans do: for
            training that takes it away (``Learning.sharpening``).
    """
    slices = sum(len(example.target) for example in cohort)
    every = math.ceil(slices / AT_MOST)
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
        image = _seen_on(grid, fine, whole, blurred)
        share = pixels / (image.shape[2] * image.shape[3])
        found.append((image, grid, min(1.0, every * share) * example.density))
    return found


def _seen_on(grid: Grid, fine: Grid, image: torch.Tensor, blurred: bool) -> torch.Tensor:
    """Return the image as a scan on a grid would show it; on the fine grid perhaps as it is."""
    if grid.shape != fine.shape:
        return Acquisition(fine, grid).forward(image)
    return point_spread(fine).forward(image) if blurred else image
