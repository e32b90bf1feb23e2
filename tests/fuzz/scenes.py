"""The inputs that are mutated: a digital head of a few thousand voxels, and untrained weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from crossres.inference import Cascade
from crossres.networks import GuidedRDN
from crossres.weights import WeightCard, save_weights
from fuzz.case import Truth

COARSE, FINE = (20, 20, 6), (40, 40, 6)
CORNER = np.array([[-1, 0, 0, 19.0], [0, 1, 0, -21.0], [0, 0, 1, -10.0], [0, 0, 0, 1]])
"""An origin and directions in which no two axes can be confused."""


def affine(spacing: tuple[float, float, float]) -> np.ndarray:
    """Return the affine of the field of view at a spacing: same outer edges for all."""
    step = np.diag([*spacing, 1.0])
    step[:3, 3] = (np.array(spacing) - np.array((2, 2, 4))) / 2
    return CORNER @ step


def head(guide: bool = False, seed: int = 0) -> Truth:
    """Return a T2-like head of 2 x 2 x 4 mm, or its T1-like guide of 1 x 1 x 4 mm.

    An ellipsoid with a dark and a bright inclusion, asymmetric along every axis, whole numbers.
    """
    shape, spacing = (FINE, (1.0, 1.0, 4.0)) if guide else (COARSE, (2.0, 2.0, 4.0))
    random = np.random.default_rng(seed)
    x, y, z = (
        (axis + 0.5) * step - 0.5 * step * n
        for axis, step, n in zip(np.indices(shape), spacing, shape, strict=True)
    )
    inside = (x / 15) ** 2 + (y / 17) ** 2 + (z / 14) ** 2 < 1
    ball = (x - random.uniform(3, 6)) ** 2 + (y + 4) ** 2 + (z - 3) ** 2 < 30
    core = (x + 5) ** 2 + (y - random.uniform(2, 5)) ** 2 < 20
    head, bright, dark = (600, 200, 900) if guide else (400, 900, 150)
    data = np.where(core, dark, np.where(ball, bright, head + 4 * x + 2 * y + 8 * z))
    return Truth(np.rint(data * inside).astype(np.int16), affine(spacing))


def network(*, guided: bool) -> GuidedRDN:
    """Return an untrained network of a few hundred weights."""
    torch.manual_seed(0)
    return GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guided)


def card(*, guided: bool) -> WeightCard:
    """Return the card of that network."""
    return WeightCard(
        name="tiny", description="for tests", target="T2w", guide="T1w" if guided else None,
        network="guided-rdn", stage_factor=2.0, deblur_noise=0.0,
        network_settings={"blocks": 1, "layers": 1, "width": 4, "norm": "none", "guided": guided},
        back_projection={"kind": "exact"}, factors=(2.0, 4.0), spacing_mm=(2.0, 4.0),
        acquisition="Gaussian", data="none", licence="Apache-2.0", commands=(), seed=0, commit="",
        results={},
    )  # fmt: skip


def save_tiny(path: Path, *, guided: bool) -> Path:
    """Write the untrained weights."""
    save_weights(Cascade((network(guided=guided),)), card(guided=guided), path, overwrite=True)
    return path
