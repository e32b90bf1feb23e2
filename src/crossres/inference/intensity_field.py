"""Intensities of two scans of one contrast: a ratio, and a smooth field of the coils.

The receive field of the coils multiplies the intensities, and differs between scans where the head
moved or the coils are others. Both scans are blurred to about 10 mm, and a polynomial of the third
degree is fitted to the logarithm of their ratio.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import ndimage
from torch.nn.functional import avg_pool3d, interpolate

from crossres.physics.volumes import as_batch
from crossres.registration import RigidTransform
from crossres.registration.outliers import outlier_weights
from crossres.types import Array3, Points, Triple
from crossres.volume import Grid, Volume, foreground_mask

DEGREE = 3
"""Largest sum of the powers of x, y and z."""
FEWEST = 500
"""Samples below which only the ratio is fitted."""
_BLOCK_MM = 5.0
_BLUR_BLOCKS = 0.8
_POWERS = tuple(p for p in itertools.product(range(DEGREE + 1), repeat=3) if sum(p) <= DEGREE)


@dataclass(frozen=True, eq=False)
class IntensityField:
    """The intensities of a scan over those of another one, as a function of the place.

    Args:
        coefficients: Of the polynomial of the logarithm.
        centre: Place that is 0 in the polynomial, RAS+ mm of the reference's world.
        half: Distance along R, A, S that is 1; the field is constant beyond.
        ratio: The factor at the median voxel of the head.
        span: Least and largest factor in the head, over the ratio.
    """

    coefficients: Float[np.ndarray, " n"]
    centre: Triple
    half: Triple
    ratio: float
    span: tuple[float, float]

    def on(self, grid: Grid, to_reference: RigidTransform | None = None) -> Array3:
        """Return the factor at each voxel of a grid.

        Args:
            grid: Any grid.
            to_reference: From the world of the grid to that of the reference; None for the same.

        Returns:
            Above 0, of the grid's shape.
        """
        if not self.coefficients.any():
            return np.ones(grid.shape, dtype=np.float32)
        sizes = [max(2, round(mm / _BLOCK_MM)) for mm in grid.extent]
        lattice = grid.with_shape((sizes[0], sizes[1], sizes[2]))
        points = np.indices(lattice.shape).reshape(3, -1).T @ lattice.affine[:3, :3].T
        points = points + lattice.affine[:3, 3]
        points = points if to_reference is None else to_reference.apply(points)
        scaled = np.clip((points - np.array(self.centre)) / np.array(self.half), -1, 1)
        values = np.exp(_columns(scaled, _POWERS) @ self.coefficients).reshape(lattice.shape)
        batch = torch.from_numpy(values.astype(np.float32))[None, None]
        field: Array3 = interpolate(batch, size=grid.shape, mode="trilinear")[0, 0].numpy()
        return field


def fit_field(scan: Volume, reference: Volume) -> IntensityField:
    """Fit the field between two scans that lie on each other.

    Args:
        scan: A scan; air is 0.
        reference: The other one, on the same grid; air is 0.

    Returns:
        The field, by which the scan is divided to have the intensities of the reference; 1 where
        nothing is shown by both.

    References:
        Wells et al. 1996, doi 10.1109/42.511747 (the logarithm of the field is additive).

    Example:
        >>> from crossres import make_pair
        >>> t2 = make_pair(0, shape=(40, 46, 36), spacing=5.0)[1]
        >>> round(fit_field(t2.with_data(2 * t2.data), t2).ratio, 3)
        2.0
    """
    one, other = _blurred(scan), _blurred(reference)
    shown = [each for each in (one.data, other.data) if np.ptp(each) > 0]
    both = np.logical_and.reduce([foreground_mask(each) & (each > 0) for each in shown])
    if len(shown) < 2 or not both.any():
        return IntensityField(np.zeros(len(_POWERS)), (0, 0, 0), (1, 1, 1), 1.0, (1.0, 1.0))
    logarithm = np.log(one.data[both].astype(np.float64) / other.data[both])
    points = np.argwhere(both) @ one.affine[:3, :3].T + one.affine[:3, 3]
    least, largest = points.min(axis=0), points.max(axis=0)
    centre, half = (least + largest) / 2, np.maximum((largest - least) / 2, 1.0)
    powers = _POWERS if len(points) >= FEWEST else _POWERS[:1]
    columns = _columns((points - centre) / half, powers)
    found = _robust(columns, logarithm)
    fitted = np.exp(columns @ found)
    ratio = float(np.median(fitted))
    x, y, z = centre.tolist()
    a, b, c = half.tolist()
    coefficients = np.pad(found, (0, len(_POWERS) - len(found)))
    span = (float(fitted.min()) / ratio, float(fitted.max()) / ratio)
    return IntensityField(coefficients, (x, y, z), (a, b, c), ratio, span)


def _columns(points: Points, powers: tuple[tuple[int, ...], ...]) -> Float[np.ndarray, "n m"]:
    return np.stack([np.prod(points ** np.array(power), axis=1) for power in powers], axis=1)


def _robust(
    columns: Float[np.ndarray, "n m"], values: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " m"]:
    """Return the least-squares solution in which outliers count less."""
    weights = np.ones(len(values))
    for _ in range(3):
        root = np.sqrt(weights)
        found: Float[np.ndarray, " m"] = np.linalg.lstsq(
            columns * root[:, None], values * root, rcond=None
        )[0]
        weights = outlier_weights(values - columns @ found)
    return found


def _blurred(volume: Volume) -> Volume:
    """Return a volume at about 10 mm, as means of blocks of about 5 mm that are blurred."""
    steps = [max(1, round(_BLOCK_MM / d)) for d in volume.spacing]
    data = avg_pool3d(as_batch(volume), steps, ceil_mode=True)[0, 0].numpy()
    data = ndimage.gaussian_filter(data, _BLUR_BLOCKS, mode="nearest", truncate=3)
    affine = volume.affine @ np.diag([*steps, 1.0])
    affine[:3, 3] += volume.affine[:3, :3] @ ((np.array(steps) - 1) / 2)
    return Volume(data, Grid(data.shape, affine))
