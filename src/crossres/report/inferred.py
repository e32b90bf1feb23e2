"""What of an estimate is determined by the scan, and how large the inferred part is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossres.physics import Acquisition
from crossres.physics.volumes import as_batch
from crossres.types import Array3, FineMask, Mask3, Triple
from crossres.volume import OBJECT_LEVEL, Pair, Volume, at_centres, intensity_scale

NOISE_DEVIATIONS = 3.0
"""Deviations of the noise that the head exceeds: Rician noise in air has a mean of 1.25."""
_CONTRAST_PERCENT = (10.0, 90.0)


@dataclass(frozen=True)
class Inferred:
    """The inferred part of an estimate, inside the head.

    Args:
        edge_share_from_scan: Edge energy of the part that is determined by the scan, as a share of
            the energies of both parts, 0 to 1. The edge energy is the sum of squared differences of
            neighbours along the axes that got finer, per mm.
        rms: Root mean square of the inferred part, as a share of the tissue contrast, at least 0.
        tissue_contrast: Difference between the 90th and the 10th percentile of the scan, in its
            intensities.
    """

    edge_share_from_scan: float
    rms: float
    tissue_contrast: float


def inferred_part(estimate: Volume, interpolated: Volume, scan: Volume) -> Volume:
    """Return what was added to interpolation and leaves no trace in the scan.

    That is (I - P)(x^ - U y), P = A^T (A A^T)^-1 A. The rest of the estimate, U y + P (x^ - U y),
    is determined by the scan: it is interpolation that was made to agree with what the estimate has
    in common with the scan.

    Args:
        estimate: x^ on the fine grid.
        interpolated: U y, cubic interpolation of the scan, on the fine grid.
        scan: The scan, which gives the grid.

    Returns:
        Signed differences on the fine grid; 0 for interpolation itself.

    Raises:
        GridError: The grids do not share their voxel edges.
    """
    acquisition = Acquisition(estimate.grid, scan.grid)
    added = as_batch(estimate) - as_batch(interpolated)
    seen = acquisition.adjoint(acquisition.solve(acquisition.forward(added)))
    return estimate.with_data((added - seen)[0, 0].numpy())


def measure_inferred(
    pair: Pair, estimate: Volume, interpolated: Volume, *, noise: float = 0.0
) -> Inferred:
    """Measure the inferred part of an estimate inside the head.

    Args:
        pair: The scan, and the grid of the estimate.
        estimate: x^ on the fine grid.
        interpolated: U y on the fine grid.
        noise: Standard deviation of the scan's noise, in its intensities.

    Returns:
        Both numbers; those of interpolation, and of a scan without a head, are 1 and 0.

    Example:
        >>> from crossres import make_pair
        >>> from crossres.physics import degrade, interpolate_volume
        >>> _, truth = make_pair(0, shape=(60, 68, 60), spacing=3.0, slices=(30, 32))
        >>> pair = Pair(degrade(truth, truth.grid.coarsened((2, 2, 1))), truth.grid)
        >>> cubic = interpolate_volume(pair.target, pair.fine)
        >>> measure_inferred(pair, cubic, cubic).edge_share_from_scan
        1.0
        >>> 0 < measure_inferred(pair, truth, cubic).edge_share_from_scan < 1
        True
    """
    scan = pair.target
    inside = object_mask(scan, noise)
    if not inside.any():
        return Inferred(1.0, 0.0, 0.0)
    low, high = np.percentile(scan.data[inside], _CONTRAST_PERCENT)
    inferred = inferred_part(estimate, interpolated, scan)
    fine = at_centres(inside, pair.fine.shape)
    axes = [a for a in range(3) if pair.fine.shape[a] > scan.grid.shape[a]]
    parts = (estimate.data - inferred.data, inferred.data)
    from_scan, added = (_edge_energy(part, fine, axes, pair.fine.spacing) for part in parts)
    size = float(np.sqrt(np.square(inferred.data[fine], dtype=np.float64).mean()))
    share = from_scan / (from_scan + added) if from_scan + added else 1.0
    contrast = float(high - low)
    return Inferred(share, size / contrast if contrast else 0.0, contrast)


def object_mask(scan: Volume, noise: float = 0.0) -> Mask3:
    """Mark the head in a scan: above 0.05 of its intensity scale, and above its noise.

    Args:
        scan: The scan; air is 0.
        noise: Standard deviation of its noise, in its intensities.

    Returns:
        A mask on the grid of the scan.
    """
    if not (scan.data > 0).any():
        return np.zeros(scan.shape, dtype=bool)
    level = max(OBJECT_LEVEL * intensity_scale(scan.data), NOISE_DEVIATIONS * noise)
    return np.asarray(scan.data > level)


def _edge_energy(data: Array3, inside: FineMask, axes: list[int], spacing: Triple) -> float:
    """Return the sum of squared slopes between neighbours that both lie inside."""
    total = 0.0
    for axis in axes:
        both = np.moveaxis(inside, axis, 0)
        slopes = np.diff(np.moveaxis(data, axis, 0), axis=0)[both[1:] & both[:-1]] / spacing[axis]
        total += float(np.square(slopes, dtype=np.float64).sum())
    return total
