"""How reliable the estimate from each scan is, by spatial frequency, and their weighted mean.

A scan with thick slices shows fine detail in its plane, and almost none across it. What it does not
show, its estimate has from a network. Frequencies at which a profile passes little are therefore
taken from the scans that show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray

from crossres.physics.shear import Image
from crossres.types import Affine
from crossres.volume import Grid, Profile
from crossres.volume.nearest_axes import coarser_axes, direction_cosines

LEAST_RELIABILITY = 1e-3
"""Weight of an estimate where its scan shows nothing. With 0.02 the mean by itself loses 0.2 to 0.7
dB (studies/HISTORY.md)."""
_FINEST_PER_MM = 4.0
_SAMPLES = 801
Frequencies: TypeAlias = Float[np.ndarray, "_ _ _"]


def reliability(fine: Grid, coarse: Grid, motion: Affine | None = None) -> Frequencies:
    """Return the reliability of a scan's estimate at each frequency of a grid.

    That is the fourth power of the profiles' transfer function, which is 1 in the plane: the
    measured power, squared, for the error of the estimate falls with it twice over.

    Args:
        fine: Grid of the estimate.
        coarse: Grid of the scan.
        motion: 4 x 4 rigid matrix from the world of ``fine`` to that of ``coarse``.

    Returns:
        0.001 to 1, at the frequencies of ``torch.fft.rfftn``.

    Example:
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> found = reliability(fine, fine.coarsened((1, 1, 4)))
        >>> float(found[4, 4, 0]), bool(found[0, 0, 4] < 0.01)
        (1.0, True)
    """
    cosines = direction_cosines(fine, coarse, motion)
    found = np.ones((*fine.shape[:2], fine.shape[2] // 2 + 1), dtype=np.float32)
    for axis, coarser in enumerate(coarser_axes(fine, coarse, motion)):
        if coarser:
            frequency = np.abs(_along(fine, cosines[:, axis]))
            found *= _transfer(coarse.profiles[axis], frequency) ** 4
    return LEAST_RELIABILITY + (1 - LEAST_RELIABILITY) * found


def weighted_mean(images: Sequence[Image], weights: Sequence[Frequencies]) -> Image:
    """Return the mean of images, weighted by frequency.

    Args:
        images: On one grid, ``(I, J, K)``.
        weights: From :func:`reliability`, above 0.

    Returns:
        ``(I, J, K)``.

    Example:
        >>> weights = reliability(fine := Grid((6, 6, 6), np.eye(4)), fine.coarsened((1, 1, 3)))
        >>> image = torch.rand(6, 6, 6)
        >>> torch.allclose(weighted_mean([image, image], [weights, weights]), image, atol=1e-5)
        True
    """
    total = torch.from_numpy(np.sum(weights, axis=0, dtype=np.float32))
    mean = torch.zeros(total.shape, dtype=torch.complex64)
    for image, weight in zip(images, weights, strict=True):
        mean += torch.fft.rfftn(image) * torch.from_numpy(weight)
    found: Image = torch.fft.irfftn(mean / total, s=images[0].shape)
    return found


def _along(fine: Grid, direction: NDArray[np.float64]) -> Frequencies:
    """Return the component of each frequency along a direction in the axes of the grid, 1/mm."""
    last = np.fft.rfftfreq(fine.shape[2], fine.spacing[2])
    first, second = (np.fft.fftfreq(fine.shape[a], fine.spacing[a]) for a in (0, 1))
    i, j, k = np.meshgrid(first, second, last, indexing="ij", sparse=True)
    return np.asarray(direction[0] * i + direction[1] * j + direction[2] * k, dtype=np.float32)


def _transfer(profile: Profile, frequency: Frequencies) -> Frequencies:
    """Return the share of each frequency (1/mm) that a profile passes."""
    places = np.linspace(-profile.support, profile.support, _SAMPLES)
    weights = profile.weights(places)
    known = np.linspace(0, _FINEST_PER_MM / profile.fwhm, _SAMPLES)
    passed = np.abs(np.cos(2 * np.pi * known[:, None] * places) @ weights) / weights.sum()
    found: Frequencies = np.interp(frequency, known, passed).astype(np.float32)
    return found
