"""The acquisition along one axis: its matrices, computed once for all slices and stages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossres.types import GridError
from crossres.volume import Profile

AxisMatrix: TypeAlias = NDArray[np.float64]
AxisMap: TypeAlias = Literal["down", "adjoint", "up", "rotate", "rotate back"]
"""A, A^T, U, and the change to the eigenvectors of A A^T and back."""


@dataclass(frozen=True)
class Axis:
    """One axis of an acquisition.

    Args:
        fine: Number of fine voxels, at least 1.
        coarse: Number of coarse voxels, at least 1.
        extent: Field of view, mm.
        profile: The slice profile; None leaves an axis alone whose size does not change.
    """

    fine: int
    coarse: int
    extent: float
    profile: Profile | None

    @property
    def is_unchanged(self) -> bool:
        """Whether A leaves this axis alone."""
        return self.profile is None


@lru_cache(maxsize=64)
def profile_matrix(axis: Axis) -> AxisMatrix:
    """Return the matrix of A along an axis.

    Args:
        axis: The axis, changed by A.

    Returns:
        ``(coarse, fine)``, each row sums to 1; read-only.

    Raises:
        GridError: The profile falls between the voxels.
    """
    distance = _centres(axis.coarse, axis.extent)[:, None] - _centres(axis.fine, axis.extent)
    assert axis.profile is not None  # an axis that is left alone has no matrix
    weights = axis.profile.weights(distance)
    total = weights.sum(axis=1, keepdims=True)
    if not total.min() > 0:
        raise GridError(
            f"a profile of {axis.profile.fwhm:g} mm falls between the voxels; give one of at least "
            "half a voxel"
        )
    return _read_only(weights / total)


def cubic(distance: AxisMatrix) -> AxisMatrix:
    """Weigh by the cubic convolution kernel with a = -1/2.

    Args:
        distance: Distances to the sample, in coarse voxels, any shape and sign.

    Returns:
        Weights of the same shape, 1 at the sample and 0 from two voxels on.

    References:
        Keys 1981, doi 10.1109/TASSP.1981.1163711, eq. 15.

    Example:
        >>> cubic(np.array([0.0, 0.5, 1.0])).tolist()
        [1.0, 0.5625, 0.0]
    """
    d = np.abs(distance)
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


@lru_cache(maxsize=64)
def cubic_matrix(fine: int, coarse: int) -> AxisMatrix:
    """Return the matrix of cubic up-sampling, the edge sample repeated outside.

    Args:
        fine: Number of fine voxels.
        coarse: Number of coarse voxels.

    Returns:
        ``(fine, coarse)``, each row sums to 1; read-only.

    References:
        Keys 1981, doi 10.1109/TASSP.1981.1163711, eq. 15.
    """
    position = _centres(fine, coarse) - 0.5
    taps = np.floor(position)[:, None].astype(int) + np.arange(-1, 3)[None, :]
    weights = cubic(position[:, None] - taps)
    matrix = np.zeros((fine, coarse))
    rows = np.broadcast_to(np.arange(fine)[:, None], taps.shape)
    np.add.at(matrix, (rows, np.clip(taps, 0, coarse - 1)), weights)
    return _read_only(matrix)


@lru_cache(maxsize=64)
def spectrum(axis: Axis) -> tuple[NDArray[np.float64], AxisMatrix]:
    """Return the eigenvalues and eigenvectors of A A^T along an axis.

    Args:
        axis: The axis, changed by A.

    Returns:
        Eigenvalues of at least 0, ``(coarse,)``; eigenvectors as columns; both read-only.
    """
    matrix = profile_matrix(axis)
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    return _read_only(np.maximum(values, 0.0)), _read_only(vectors)


@lru_cache(maxsize=128)
def placed(axis: Axis, name: AxisMap, device: torch.device, dtype: torch.dtype) -> Tensor | None:
    """Return a matrix of an axis as a tensor.

    Args:
        axis: The axis.
        name: Which matrix.
        device: Where the tensor is.
        dtype: Its type.

    Returns:
        The matrix, shared by all callers and not to be changed; None for an axis left alone.
    """
    matrix = _matrix(axis, name)
    return None if matrix is None else torch.tensor(matrix, device=device, dtype=dtype)


def _matrix(axis: Axis, name: AxisMap) -> AxisMatrix | None:
    if name == "up":
        return None if axis.fine == axis.coarse else cubic_matrix(axis.fine, axis.coarse)
    if axis.is_unchanged:
        return None
    if name in ("down", "adjoint"):
        matrix = profile_matrix(axis)
        return matrix if name == "down" else matrix.T
    vectors = spectrum(axis)[1]
    return vectors if name == "rotate back" else vectors.T


def _centres(size: int, extent: float) -> NDArray[np.float64]:
    """Return voxel centres in mm from the edge of the field of view."""
    return np.asarray((np.arange(size) + 0.5) * (extent / size), dtype=np.float64)


def _read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forbid changes of an array that several callers share."""
    array.setflags(write=False)
    return array
