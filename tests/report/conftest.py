"""Slices of one field of view, for the pictures."""

import numpy as np
import pytest

from crossres.report.slices import Slice


@pytest.fixture
def panels() -> dict[str, Slice]:
    """Return a fine slice, what a coarse scan makes of it, and another contrast."""
    rng = np.random.default_rng(1)
    reference = np.zeros((48, 40))
    reference[8:40, 8:32] = 100 + 10 * rng.random((32, 24))
    coarse = reference.reshape(24, 2, 20, 2).mean(axis=(1, 3))
    interpolated = coarse.repeat(2, 0).repeat(2, 1)
    images = {
        "input": coarse, "interpolated": interpolated, "guide": 900 - reference,
        "reference": reference,
    }  # fmt: skip
    return {name: Slice(data, 40.0, 48.0, ("R", "L", "A", "P")) for name, data in images.items()}
