"""Noisy scans: noise is measured, most of it removed, and the projection weighs what is left."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

import numpy as np

from crossres.physics import Acquisition, BackProjection, NoiseLevel, denoise, noise_level
from crossres.types import SettingsError
from crossres.volume import Pair, Volume, intensity_scale

_LOGGER = logging.getLogger(__name__)

LEAST = 0.0075
"""Share of the intensity scale below which a scan is used as it is."""
MOST = 0.3
"""Largest deviation that can be given, as a share of the intensity scale: nothing is left of a scan
with more."""
LEAST_GIVEN = 1e-4
"""Smallest deviation that can be given, as a share of the intensity scale: no scanner reaches it,
and it has no effect."""
TYPICAL = 0.02
"""Share of the intensity scale that an error message takes as an example."""
NEGLIGIBLE = 0.01
"""Share of the intensity scale that negative values must exceed, in a tenth of as many voxels, to
be those of a signed image: interpolation leaves small ones."""
BALANCE = 0.03
"""Noise, as a share of the intensity scale, at which the scan weighs as much as the estimate in the
projection. Denoising leaves 44 to 96 % of the noise, and networks err by 2 to 9 % of the scale on
the scan's grid. Twice as much changes the gain in the head by at most 0.2 dB, half as much loses up
to 1.1 dB (``python -m studies.noise --balance``)."""


def noise_of(scan: Volume, deviation: float | None) -> NoiseLevel:
    """Return the noise of a scan, as given or as measured.

    Args:
        scan: The scan; air is 0.
        deviation: Standard deviation in intensities of the scan; None to measure it.

    Returns:
        The noise. A scan with negative values is no magnitude image: nothing is measured.

    Raises:
        SettingsError: A deviation of more than 30 % of the intensity scale, one above 0 and below
            0.01 % of it, or one above 0 for a scan with negative values.

    Example:
        >>> from crossres import make_pair
        >>> t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)[1]
        >>> noise_of(t2, 20.0).source
        'given'
    """
    scale = intensity_scale(scan.data)
    signed = float(np.mean(scan.data < -NEGLIGIBLE * scale)) > NEGLIGIBLE / 10
    if deviation is not None:
        _check_given(deviation, scale, signed)
        found = NoiseLevel(deviation, deviation / scale, "given")
    else:
        found = NoiseLevel() if signed else noise_level(scan.data)
    described = noise_description(found)
    _LOGGER.info("noise: %s; a scan is denoised from %.2f %%", described, 100 * LEAST)
    return found


def _check_given(deviation: float, scale: float, signed: bool) -> None:
    """Refuse a deviation that cannot be that of the scan's noise."""
    unit = "`noise` is a standard deviation in intensities of the scan"
    if deviation > MOST * scale or (signed and deviation > 0):
        image = "an image with negative values" if signed else f"one as bright as {scale:.3g}"
        raise SettingsError(
            f"{unit}, a magnitude image, at most {100 * MOST:.0f} % of its bright tissue; got "
            f"{deviation:g} for {image}"
        )
    if 0 < deviation < LEAST_GIVEN * scale:
        raise SettingsError(
            f"{unit}, got {deviation:g} for one as bright as {scale:.3g}; give such as "
            f"{TYPICAL * scale:.2g}, or 0 to use the scan as it is; the "
            "Tikhonov parameter of the projection is `BackProjection(noise=...)` in Python"
        )


def noise_notes(noise: NoiseLevel) -> list[str]:
    """Return a warning where the noise is given, and too little to have an effect.

    Args:
        noise: From :func:`noise_of`.

    Returns:
        One sentence, or none.
    """
    if noise.source != "given" or noise.deviation == 0 or needs_denoising(noise):
        return []
    return [
        f"a noise of {noise.deviation:g} is {100 * noise.share:.2f} % of the bright tissue, too "
        "little to have an effect: `noise` is a standard deviation in intensities of the scan"
    ]


def needs_denoising(noise: NoiseLevel) -> bool:
    """Return whether a scan with this noise is denoised.

    Args:
        noise: From :func:`noise_of`.

    Returns:
        True from 0.75 % of its intensity scale.
    """
    return noise.share >= LEAST


def denoised(pair: Pair, noise: NoiseLevel) -> Pair:
    """Return a pair whose target has lost most of its noise.

    Args:
        pair: Target, guide and fine grid; air is 0.
        noise: The noise of the target.

    Returns:
        The pair; the same object where the scan is used as it is.
    """
    if not needs_denoising(noise):
        return pair
    return replace(pair, target=pair.target.with_data(denoise(pair.target.data, noise.deviation)))


def weighted(method: BackProjection, noise: NoiseLevel, pair: Pair) -> BackProjection:
    """Return a back-projection in which a noisy scan counts less.

    Args:
        method: The back-projection of the weights.
        noise: The noise of the target.
        pair: Target and fine grid.

    Returns:
        The back-projection; the same object where the scan is used as it is, or without the exact
        projection.
    """
    return weighted_by(method, noise.share, Acquisition(pair.fine, pair.target.grid))


def weighted_by(method: BackProjection, share: float, acquisition: Acquisition) -> BackProjection:
    """Return a back-projection in which an image with this noise counts less.

    The Tikhonov parameter is the variance of the noise over that of the estimate's error per fine
    voxel. It grows with the square of the noise, and is the mean eigenvalue of A A^T at 3 %.

    Args:
        method: The back-projection of the weights.
        share: Standard deviation of the noise as a share of the intensity scale, at least 0.
        acquisition: A, from the estimate to the noisy image.

    Returns:
        The back-projection; the same object below 0.75 % of noise, or without the exact projection.
    """
    if method.kind != "exact" or share < LEAST:
        return method
    return replace(method, noise=acquisition.mean_eigenvalue * (share / BALANCE) ** 2)


def expected_error(scan: Volume, noise: NoiseLevel) -> float:
    """Return the data-consistency error that the noise of the scan alone amounts to.

    Args:
        scan: The scan.
        noise: Its noise.

    Returns:
        A fraction of the scan.
    """
    squares = float(np.square(scan.data, dtype=np.float64).sum())
    return noise.deviation * math.sqrt(np.count_nonzero(scan.data) / max(squares, 1e-30))


def noise_description(noise: NoiseLevel) -> str:
    """Describe the noise of a scan and its source.

    Args:
        noise: From :func:`noise_of`.

    Returns:
        A phrase, such as "3.1 % of the bright tissue (measured in the air), denoised".
    """
    if noise.source == "none":
        return "none found"
    source = "given by the user" if noise.source == "given" else f"measured in the {noise.source}"
    done = "denoised" if needs_denoising(noise) else "used as it is"
    return f"{100 * noise.share:.1f} % of the bright tissue ({source}), {done}"
