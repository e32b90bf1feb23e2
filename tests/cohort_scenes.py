"""A cohort of tiny skull-stripped scenes, and recipes that train in a few steps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage

from crossres.io import write
from crossres.training import Recipe, recipe
from crossres.volume import Grid, Volume

SHAPE = (32, 28, 16)
SUBJECTS = tuple(f"sub-{n:02d}" for n in (1, 2, 3, 4, 7, 8, 11, 12, 16, 20))


def scene(seed: int) -> tuple[Volume, Volume]:
    """Return T1-like and T2-like images of one elliptic brain, its i axis running to the left."""
    affine = np.diag([-1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = (15.5, -13.5, -8)
    blobs = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 1.5)
    tissue = 2 + np.digitize(blobs / blobs.std(), (-0.5, 0.5))
    i, j, _ = np.indices(SHAPE)
    inside = ((i - 15.5) / 11) ** 2 + ((j - 13.5) / 10) ** 2 < 1
    tissue = np.where(inside, tissue, 0)
    t1, t2 = (np.array(levels)[tissue] for levels in ((0, 0, 3, 7, 5), (0, 0, 9, 3, 6)))
    grid = Grid(SHAPE, affine)
    return Volume(100 * t1.astype(np.float32), grid), Volume(100 * t2.astype(np.float32), grid)


def write_subject(folder: Path, name: str, seed: int) -> None:
    """Write one subject's two scans."""
    folder.mkdir(parents=True, exist_ok=True)
    for contrast, volume in zip(("T1w", "T2w"), scene(seed), strict=True):
        write(volume, folder / f"{name}_{contrast}.nii.gz", overwrite=True)


def tiny_plan(plan: Recipe) -> Recipe:
    """Return the recipe with a network and patches of almost nothing."""
    learning = replace(plan.regime.learning, patch=16, batch=2)
    settings = {**plan.settings, "blocks": 1, "layers": 1, "width": 4}
    return replace(plan, settings=settings, regime=replace(plan.regime, learning=learning))


def tiny_recipe(name: str, factor: float, *, guided: bool = True, steps: int = 3000) -> Recipe:
    """Stand in for ``recipe``."""
    return tiny_plan(recipe(name, factor, guided=guided, steps=steps))  # type: ignore[arg-type]
