"""PSNR and SSIM of an estimate against a reference, per slice and per volume."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossres.types import (
    Array3,
    GridError,
    Mask3,
    PerSlice,
    SettingsError,
    SliceMask,
    Stacked,
    VolumeError,
)

_RADIUS = 5
_SIGMA = 1.5
_CHUNK = 32
_QUANTITIES = ("psnr", "ssim", "psnr_inside", "ssim_inside")


def psnr(
    estimate: Stacked, reference: Stacked, *, data_range: float, mask: SliceMask | None
) -> PerSlice:
    """Return the peak signal-to-noise ratio of each slice in dB (eq. 7 and 8).

    PSNR = 20 log10(MAX) - 10 log10(MSE), the mean running over channels and pixels.

    Args:
        estimate: Slices to score, ``(n, c, i, j)``, any range.
        reference: The truth, same shape and scale.
        data_range: MAX, the largest possible value, in the images' own units.
        mask: Pixels to count, ``(n, 1, i, j)``; None for the whole image.

    Returns:
        One value per slice, ``(n,)``; ``inf`` where nothing differs, ``nan`` for an empty mask.

    Raises:
        GridError: Shapes that do not belong together.
        SettingsError: A ``data_range`` that is not above 0.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 7 and 8.

    Example:
        >>> x = torch.zeros(1, 1, 4, 4)
        >>> psnr(x + 0.1, x, data_range=1.0, mask=None).round(decimals=3).tolist()
        [20.0]
    """
    estimate, reference = _checked(estimate, reference, data_range, mask)
    error = _mean_over((estimate - reference).square(), mask)
    return 20 * math.log10(data_range) - 10 * torch.log10(error)


def ssim(
    estimate: Stacked, reference: Stacked, *, data_range: float, mask: SliceMask | None
) -> PerSlice:
    """Return the mean structural similarity of each slice (eq. 9 and 10).

    Local statistics under a Gaussian window (11 x 11, sigma 1.5 pixels), K1 = 0.01, K2 = 0.03.
    Pixels whose window would leave the image (the outer 5) do not count, so nothing is padded.

    Args:
        estimate: Slices to score, ``(n, c, i, j)``, at least 11 x 11 pixels.
        reference: The truth, same shape and scale.
        data_range: L, the span of possible values, in the images' own units.
        mask: Pixels to count, ``(n, 1, i, j)``; None for the whole image.

    Returns:
        One value per slice, ``(n,)``, at most 1; ``nan`` where no pixel counts.

    Raises:
        GridError: Shapes that do not belong together or are too small.
        SettingsError: A ``data_range`` that is not above 0.

    References:
        Wang et al. 2004, doi 10.1109/TIP.2003.819861; Iwamoto 2023,
        doi 10.1109/TETCI.2022.3215137, eq. 9 and 10.

    Example:
        >>> x = torch.rand(2, 1, 16, 16)
        >>> ssim(x, x, data_range=1.0, mask=None).round(decimals=4).tolist()
        [1.0, 1.0]
    """
    estimate, reference = _checked(estimate, reference, data_range, mask)
    return _mean_over(_ssim_map(estimate, reference, data_range), _inner(mask))


def _checked(
    estimate: Tensor, reference: Tensor, data_range: float, mask: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Check that shapes and range fit; convert half precision to single."""
    if estimate.shape != reference.shape or estimate.ndim != 4:
        raise GridError(
            "wanted estimate and reference of one shape (n, c, i, j), got "
            f"{tuple(estimate.shape)} and {tuple(reference.shape)}; resample one onto the other"
        )
    n, _, i, j = estimate.shape
    if mask is not None and (mask.shape != (n, 1, i, j) or mask.dtype != torch.bool):
        raise GridError(
            f"wanted a boolean mask of shape {(n, 1, i, j)}, got {mask.dtype} {tuple(mask.shape)}"
        )
    if not (math.isfinite(data_range) and data_range > 0):
        raise SettingsError(
            f"data_range must be above 0, got {data_range}; take the reference's maximum"
        )
    dtype = torch.promote_types((estimate[:0] + reference[:0]).dtype, torch.float32)
    return estimate.to(dtype), reference.to(dtype)


def _mean_over(values: Tensor, mask: Tensor | None) -> Tensor:
    """Average (n, c, i, j) over all but n, within the mask."""
    if mask is None:
        return values.mean(dim=(1, 2, 3))
    count = mask.sum(dim=(1, 2, 3)) * values.shape[1]
    return torch.where(mask, values, 0).sum(dim=(1, 2, 3)) / count


def _inner(mask: Tensor | None) -> Tensor | None:
    """Return the part of the mask where the SSIM map exists."""
    return None if mask is None else mask[..., _RADIUS:-_RADIUS, _RADIUS:-_RADIUS]


def _ssim_map(x: Tensor, y: Tensor, data_range: float) -> Tensor:
    """Return SSIM at each pixel whose window fits, (n, c, i - 10, j - 10)."""
    if min(x.shape[-2:]) < 2 * _RADIUS + 1:
        raise GridError(
            f"SSIM needs slices of at least 11 x 11 pixels, got {tuple(x.shape[-2:])}; "
            "use PSNR for images this small"
        )
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mean_x, mean_y = _windowed(x), _windowed(y)
    variances = _windowed(x.square() + y.square()) - mean_x.square() - mean_y.square()
    covariance = _windowed(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + c1) / (mean_x.square() + mean_y.square() + c1)
    return luminance * (2 * covariance + c2) / (variances + c2)


def _windowed(x: Tensor) -> Tensor:
    """Average under the Gaussian window where it fits: one banded matrix per axis."""
    # Twice as fast on a CPU as two single-channel convolutions.
    i, j = x.shape[-2:]
    return _window_matrix(i, x) @ (x @ _window_matrix(j, x).T)


def _window_matrix(size: int, like: Tensor) -> Tensor:
    """Return the (size - 10, size) matrix whose rows are the window, shifted."""
    offsets = torch.arange(-_RADIUS, _RADIUS + 1, dtype=like.dtype, device=like.device)
    window = torch.softmax(-offsets.square() / (2 * _SIGMA**2), dim=0)
    starts = torch.arange(size - 2 * _RADIUS, device=like.device)
    columns = starts[:, None] + torch.arange(len(window), device=like.device)
    empty = torch.zeros(len(starts), size, dtype=like.dtype, device=like.device)
    return empty.scatter(1, columns, window.expand(len(starts), -1))


@dataclass(frozen=True)
class SliceScore:
    """One slice: its position, the share (0-1) inside the mask, PSNR in dB and SSIM.

    ``_inside`` means over the pixels inside the mask, else over the whole slice.
    """

    index: int
    fraction: float
    psnr: float
    ssim: float
    psnr_inside: float
    ssim_inside: float


@dataclass(frozen=True)
class Scores:
    """One volume: slices counted along voxel ``axis``, with MAX (eq. 8) as ``data_range``."""

    rows: tuple[SliceScore, ...]
    data_range: float
    axis: int

    @property
    def mean(self) -> dict[str, float]:
        """Mean over the slices of ``psnr``, ``ssim``, ``psnr_inside`` and ``ssim_inside``."""
        return self._over_slices(lambda values: values.mean())

    @property
    def sd(self) -> dict[str, float]:
        """Standard deviation (n - 1) over the slices of the same four; 0 for a single slice."""
        return self._over_slices(lambda values: values.std() if len(values) > 1 else values * 0)

    def _over_slices(self, summary: Callable[[Tensor], Tensor]) -> dict[str, float]:
        def column(name: str) -> Tensor:
            return torch.tensor([getattr(row, name) for row in self.rows], dtype=torch.float64)

        return {name: float(summary(column(name))) for name in _QUANTITIES}

    def to_dict(self) -> dict[str, object]:
        """Return everything, mean and sd included, as plain numbers, lists and dictionaries.

        Returns:
            The fields of this class, and ``slices``, ``mean`` and ``sd``.
        """
        return {**asdict(self), "slices": len(self.rows), "mean": self.mean, "sd": self.sd}


def score(
    estimate: Array3, reference: Array3, *, mask: Mask3, axis: int = 2, minimum_inside: float = 0.05
) -> Scores:
    """Score a volume slice by slice, over the whole slice and inside a mask.

    MAX of eq. 8, "the largest possible value", is taken as the maximum of the whole reference
    volume; SSIM's L is the same number.

    Args:
        estimate: Intensities, ``(i, j, k)``, in the reference's units.
        reference: The truth, same shape.
        mask: The brain, or :func:`crossres.volume.foreground_mask` where none is known, same shape.
        axis: Voxel axis across the slices; 2 is axial for a volume in R, A, S order.
        minimum_inside: Slices with no larger a share (0-1) of masked pixels are left out.

    Returns:
        The scores of each slice that counts, and their mean.

    Raises:
        GridError: Shapes that differ.
        VolumeError: No slice has enough masked pixels, or the reference has no value above 0.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 7 to 10.

    Example:
        >>> reference = np.random.default_rng(0).random((16, 16, 3), dtype=np.float32)
        >>> scores = score(0.9 * reference, reference, mask=reference > 0)
        >>> len(scores.rows), sorted(scores.mean)
        (3, ['psnr', 'psnr_inside', 'ssim', 'ssim_inside'])
    """
    if not estimate.shape == reference.shape == mask.shape:
        raise GridError(
            "wanted estimate, reference and mask of one shape, got "
            f"{estimate.shape}, {reference.shape} and {mask.shape}"
        )
    peak = float(reference.max())
    if not (math.isfinite(peak) and peak > 0):
        raise VolumeError(f"the reference's maximum must be above 0, got {peak}; check the file")
    fractions = np.moveaxis(mask, axis, 0).mean(axis=(1, 2))
    chosen = np.flatnonzero(fractions > minimum_inside)
    if len(chosen) == 0:
        most = 100 * fractions.max()
        raise VolumeError(
            f"no slice along axis {axis} has more than {100 * minimum_inside:.0f} % of its pixels "
            f"in the mask (most: {most:.1f} %); check the mask, or lower the minimum"
        )
    x, y, inside = (_slices(a, axis, chosen) for a in (estimate, reference, mask))
    rows = zip(
        chosen.tolist(), fractions[chosen].tolist(), *_columns(x, y, inside, peak), strict=True
    )
    return Scores(tuple(SliceScore(*row) for row in rows), peak, axis)


def _slices(array: Array3 | Mask3, axis: int, chosen: NDArray[np.intp]) -> Tensor:
    """Return the chosen slices as (n, 1, i, j), numbers in single precision."""
    stack = np.moveaxis(array, axis, 0)[chosen, None]
    return torch.as_tensor(np.ascontiguousarray(stack, None if stack.dtype == bool else np.float32))


def _columns(x: Tensor, y: Tensor, inside: Tensor, peak: float) -> list[list[float]]:
    """Return the four score columns of a volume, a few slices at a time to bound memory."""
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(x), _CHUNK)]
    parts = [_score_chunk(x[c], y[c], inside[c], peak) for c in chunks]
    columns: list[list[float]] = torch.cat(parts, dim=1).tolist()
    return columns


def _score_chunk(x: Tensor, y: Tensor, inside: Tensor, peak: float) -> Tensor:
    """Return the scores of a few slices, (4, n); one SSIM map serves both regions."""
    similarity = _ssim_map(x, y, peak)
    whole = psnr(x, y, data_range=peak, mask=None), _mean_over(similarity, None)
    within = psnr(x, y, data_range=peak, mask=inside), _mean_over(similarity, _inner(inside))
    return torch.stack([*whole, *within])
