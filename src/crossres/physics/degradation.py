"""Simulate a low-resolution scan from a finer one."""

import numpy as np

from crossres.physics.noise import add_rician_noise
from crossres.physics.volumes import acquire_volume
from crossres.types import GridError, SettingsError
from crossres.volume import Grid, Volume, background_of


def degrade(volume: Volume, coarse: Grid, *, noise: float = 0.0, seed: int = 0) -> Volume:
    """Return the volume as a scan on the coarse grid shows it: A x, and Rician noise.

    A background that is not 0 is subtracted before and added after, as magnitudes require.

    Args:
        volume: x, on the fine grid.
        coarse: Grid of the simulated scan, same field of view; its ``fwhm`` is the width of the
            slice profile.
        noise: Standard deviation of the noise in each of the two channels, in intensities, at
            least 0.
        seed: Seed of the noise.

    Returns:
        y, on the coarse grid, float32.

    Raises:
        GridError: The coarse grid is not coarser, or covers another field of view.
        SettingsError: A noise that is negative or not finite.
        VolumeError: NaN or infinite voxels, or a background brighter than the head.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section III (A = D B).

    Example:
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> degrade(Volume(np.ones(fine.shape), fine), fine.coarsened((2, 2, 1))).data.shape
        (4, 4, 4)
    """
    if not 0 <= noise < np.inf:
        raise SettingsError(f"`noise` must be a finite number of at least 0, got {noise}")
    if coarse.shape == volume.grid.shape:
        raise GridError("no axis gets coarser; choose a factor above 1")
    background = background_of(volume.data)
    scan = acquire_volume(background.removed(volume), coarse)
    data = add_rician_noise(scan.data, noise, np.random.default_rng(seed))
    return background.restored(scan.with_data(data.astype(np.float32)), volume)
