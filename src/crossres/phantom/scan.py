"""Simulated scans of a digital phantom: signal equation, bias field, Rician noise."""

from __future__ import annotations

import numpy as np

from crossres.phantom.fields import Axes, smooth_field
from crossres.phantom.head import Head, axes_of, make_head
from crossres.phantom.signal import SEQUENCES, Contrast, Signals, tissue_signals
from crossres.physics.noise import add_rician_noise
from crossres.types import (
    Array3,
    SettingsError,
    Shape3,
    Triple,
)
from crossres.volume import Volume

WHITE_MATTER = 500.0
"""Intensity of white matter, before bias and noise."""

_BIAS_STEP = 90.0
_BIAS_REACH = (np.linspace(-80, 80, 17),) * 3


def bias_field(axes: Axes, contrast: Contrast | Signals, seed: int, strength: float) -> Array3:
    """Return a smooth gain with mean 1 over the head, different for each contrast.

    Args:
        axes: Coordinates of the voxels in mm.
        contrast: ``"T1w"``, ``"T2w"``, or signals.
        seed: 0 or more.
        strength: Largest deviation from 1 within 80 mm of the origin, 0 to below 1.

    Returns:
        Gain, ``(i, j, k)``, above 0.
    """
    rng = np.random.default_rng([seed, 2_000, _stream(contrast)])
    field = smooth_field(rng, _BIAS_STEP)
    # The scale comes from a fixed cube, so that a slab gets the gain of the whole head.
    known = field.on(_BIAS_REACH)
    peak = float(np.abs(known - known.mean()).max())
    gain: Array3 = np.maximum(1 + strength * (field.on(axes) - known.mean()) / peak, 0.05)
    return gain


def acquire(
    head: Head, contrast: Contrast | Signals, seed: int, *, noise: float = 0.01, bias: float = 0.2
) -> Volume:
    """Simulate a scan of a head in one contrast.

    Args:
        head: The digital phantom.
        contrast: ``"T1w"`` or ``"T2w"``, timing in ``SEQUENCES``; or the signal of each tissue, 1
            for that of white matter in those two.
        seed: Seed of bias field and noise, 0 or more; T1w, T2w and given signals have one stream
            each.
        noise: Standard deviation per channel, as a fraction of white matter's signal, 0 or more.
        bias: Largest relative deviation of the receive gain, 0 to below 1.

    Returns:
        Magnitude image; white matter is about 500, air exactly 0 without noise.

    Raises:
        SettingsError: An unknown contrast, or a seed, noise or bias out of range.

    Example:
        >>> head = make_head(0, shape=(48, 56, 44), spacing=4.0)
        >>> acquire(head, "T1w", 0).shape
        (48, 56, 44)
    """
    if seed < 0 or noise < 0 or not 0 <= bias < 1:
        raise SettingsError(
            f"wanted seed >= 0, noise >= 0, 0 <= bias < 1; got {seed}, {noise}, {bias}"
        )
    image = _noise_free(head, contrast) * bias_field(axes_of(head.grid), contrast, seed, bias)
    rng = np.random.default_rng([seed, 3_000, _stream(contrast)])
    noisy = add_rician_noise(image, noise * WHITE_MATTER, rng, dtype=np.float32)
    return Volume(noisy, head.grid)


def _stream(contrast: Contrast | Signals) -> int:
    """Return the number of the random stream of a contrast."""
    return list(SEQUENCES).index(contrast) if isinstance(contrast, str) else len(SEQUENCES)


def _noise_free(head: Head, contrast: Contrast | Signals) -> Array3:
    signals = tissue_signals(contrast) if isinstance(contrast, str) else contrast
    image = np.zeros(head.grid.shape, dtype=np.float32)
    for tissue, signal in signals.items():
        if signal > 0:
            image += np.float32(WHITE_MATTER * signal) * head.fractions[tissue]
    scaled: Array3 = image * head.density
    return scaled


def make_pair(
    seed: int,
    *,
    shape: Shape3 = (176, 208, 176),
    spacing: float | Triple = 1.0,
    slices: tuple[int, int] | None = None,
    lesions: int = 6,
    noise: float = 0.01,
    bias: float = 0.2,
) -> tuple[Volume, Volume]:
    """Build a digital phantom and simulate a T1w and a T2w scan of it on one fine grid.

    Args:
        seed: Seed of head, bias fields and noise, 0 or more.
        shape: Voxels along i, j, k of the whole field of view, which is centred on the head.
        spacing: mm, one number or three, 0.25 to 10.
        slices: Build only this range of axial slices (first, one after the last).
        lesions: Number of white-matter lesions, 0 or more.
        noise: Standard deviation per channel, as a fraction of white matter's signal, 0 or more.
        bias: Largest relative deviation of the receive gain, 0 to below 1.

    Returns:
        T1w (the guide) and T2w (the reference); white matter is about 500.

    Raises:
        GridError: An impossible shape or range of slices.
        SettingsError: A seed, spacing, number of lesions, noise or bias out of range.

    Example:
        >>> t1, t2 = make_pair(0, shape=(48, 56, 44), spacing=4.0)
        >>> t1.shape, t2.spacing
        ((48, 56, 44), (4.0, 4.0, 4.0))
    """
    head = make_head(seed, shape=shape, spacing=spacing, slices=slices, lesions=lesions)
    return (
        acquire(head, "T1w", seed, noise=noise, bias=bias),
        acquire(head, "T2w", seed, noise=noise, bias=bias),
    )
