"""Simulate a low-resolution scan from a finer one."""

import numpy as np
import torch

from crossres.physics.acquisition import Acquisition
from crossres.types import GridError, SettingsError
from crossres.volume import Grid, Volume


def degrade(volume: Volume, coarse: Grid, *, noise: float = 0.0, seed: int = 0) -> Volume:
    """Return the volume as a scan on the coarse grid would show it: A x, and Rician noise.

    Args:
        volume: x, on the fine grid.
        coarse: Grid of the simulated scan, same field of view.
        noise: Standard deviation of the noise in each of the two channels, in intensities.
        seed: Seed of the noise.

    Raises:
        GridError: The coarse grid is not coarser, or covers another field of view.
        SettingsError: A noise that is negative or no number.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section III (A = D B).
    """
    if not 0 <= noise < np.inf:
        raise SettingsError(f"noise must be a number of at least 0, got {noise}")
    if coarse.shape == volume.grid.shape:
        raise GridError("no axis gets coarser; ask for a factor above 1")
    x = torch.from_numpy(volume.data)[None, None]
    data = Acquisition(volume.grid, coarse).forward(x)[0, 0].numpy()
    if noise:
        real, imaginary = np.random.default_rng(seed).normal(0, noise, (2, *data.shape))
        data = np.hypot(data + real, imaginary)
    return volume.with_data(data.astype(np.float32), coarse)
