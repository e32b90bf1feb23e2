"""Images of one channel, as TorchIO and MONAI hold them, as volumes and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from crossres.types import SettingsError
from crossres.volume import Grid, Volume


def volume_of(image: Any, affine: Any, name: str) -> Volume:
    """Return an image of one channel as a volume.

    Args:
        image: Tensor on any device, or array, ``(1, i, j, k)``.
        affine: 4 x 4 matrix from voxel indices to RAS+ mm.
        name: What it is, for the error.

    Returns:
        The volume.

    Raises:
        SettingsError: Another number of channels or dimensions.

    Example:
        >>> volume_of(torch.ones(1, 4, 5, 6), np.eye(4), "t2").shape
        (4, 5, 6)
    """
    data = _array(image).astype(np.float32)
    if data.ndim != 4 or data.shape[0] != 1:
        raise SettingsError(
            f"`{name}` must be one 3-D image of shape (1, i, j, k), got {data.shape}"
        )
    return Volume(data[0], Grid(data.shape[1:], _array(affine).astype(np.float64)))


def tensor_of(volume: Volume) -> Float[Tensor, "1 i j k"]:
    """Return the data of a volume with a leading channel.

    Args:
        volume: The volume.

    Returns:
        float32.

    Example:
        >>> tensor_of(volume_of(torch.ones(1, 4, 5, 6), np.eye(4), "t2")).shape
        torch.Size([1, 4, 5, 6])
    """
    return torch.from_numpy(np.array(volume.data, dtype=np.float32))[None]


def _array(values: Any) -> np.ndarray:
    """Return a tensor on any device, or an array, as an array."""
    return np.asarray(values.detach().cpu() if isinstance(values, Tensor) else values)
