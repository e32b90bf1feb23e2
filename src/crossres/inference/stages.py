"""How many stages a cascade takes, and the grid after each."""

from __future__ import annotations

import math

from crossres.types import SettingsError
from crossres.volume import Grid

MOST_FACTOR = 100
"""Factor of a stage: voxels of 100 mm would become voxels of 1 mm."""
MOST_STAGES = 16
"""Stages of a cascade: 16 of factor 1.05 double the size, and time and rounding grow with each."""


def stage_count(coarse: Grid, fine: Grid, stage_factor: float) -> int:
    """Return how many stages of about ``stage_factor`` lead from coarse to fine.

    Args:
        coarse: Grid of the target.
        fine: Grid of the estimate.
        stage_factor: Factor of one stage, above 1.

    Returns:
        At least 1.

    Raises:
        SettingsError: More than 16 stages.
    """
    factor = max(coarse.factors_to(fine))
    stages = stages_for(factor, stage_factor)
    if stages > MOST_STAGES:
        raise SettingsError(
            f"a factor of {factor:.3g} takes {stages} stages of {stage_factor:.6g}, more than "
            f"{MOST_STAGES}; choose a smaller factor, or weights with a larger stage factor"
        )
    return stages


def stages_for(factor: float, stage_factor: float) -> int:
    """Return the number of stages of about ``stage_factor`` that make up a factor.

    Args:
        factor: The total factor, at least 1.
        stage_factor: Factor of one stage, above 1.

    Returns:
        At least 1.

    Example:
        >>> stages_for(4.0, 2.0)
        2
    """
    return max(1, math.ceil(math.log(factor) / math.log(stage_factor) - 0.15))


def stage_grids(coarse: Grid, fine: Grid, stages: int) -> list[Grid]:
    """Return the grid after each stage: sizes grow by the same factor, the last is ``fine``.

    Sizes are rounded to whole voxels, over the same field of view: 120 -> 240 in three stages goes
    by 151 and 190.

    Args:
        coarse: Grid of the target.
        fine: Grid of the estimate.
        stages: Number of stages, at least 1.

    Returns:
        One grid per stage.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section III-C: an intermediate factor of
        s^(1/r) for r stages.
    """
    factors = coarse.factors_to(fine)
    between = [coarse.refined(tuple(f ** (n / stages) for f in factors)) for n in range(1, stages)]
    return [*between, fine]
