"""The acquisition on whole volumes: acquire, interpolate, back-project, measure consistency."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from crossres.physics.acquisition import Acquisition
from crossres.physics.backprojection import BackProjection, back_project, consistency
from crossres.volume import Grid, Volume


def as_batch(volume: Volume) -> Float[Tensor, "1 1 i j k"]:
    """Return the data of a volume as a batch of one, sharing its memory.

    Args:
        volume: Any volume.

    Returns:
        ``(1, 1, i, j, k)``, float32.
    """
    return torch.from_numpy(volume.data)[None, None]


def acquire_volume(volume: Volume, coarse: Grid) -> Volume:
    """Return A x: the volume as a noise-free scan on a coarser grid shows it.

    Args:
        volume: x, on the fine grid.
        coarse: Grid of the scan, same field of view.

    Returns:
        The scan, in the volume's intensities.

    Raises:
        GridError: The grids do not share their voxel edges, or "coarse" has more voxels.

    Example:
        >>> import numpy as np
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> x = Volume(np.ones(fine.shape), fine)
        >>> acquire_volume(x, fine.coarsened((2, 2, 1))).data.shape
        (4, 4, 4)
    """
    data = Acquisition(volume.grid, coarse).forward(as_batch(volume))[0, 0].numpy()
    return volume.with_data(data, coarse)


def interpolate_volume(volume: Volume, fine: Grid) -> Volume:
    """Return U y: the volume on a finer grid, by cubic interpolation.

    Args:
        volume: y, on the coarse grid.
        fine: The finer grid, same field of view.

    Returns:
        The interpolated volume, in the same intensities.

    Raises:
        GridError: The grids do not share their voxel edges, or "fine" has fewer voxels.

    Example:
        >>> import numpy as np
        >>> coarse = Grid((4, 4, 4), np.eye(4))
        >>> interpolate_volume(Volume(np.ones(coarse.shape), coarse), coarse.refined(2)).shape
        (8, 8, 8)
    """
    data = Acquisition(fine, volume.grid).upsample(as_batch(volume))[0, 0].numpy()
    return volume.with_data(data, fine)


def back_project_volume(estimate: Volume, scan: Volume, method: BackProjection) -> Volume:
    """Return the estimate after back-projection onto the scan, over all axes at once.

    Args:
        estimate: x^, on the fine grid.
        scan: y, on the coarse grid.
        method: The back-projection.

    Returns:
        The corrected estimate, on its grid.

    Raises:
        GridError: The grids do not share their voxel edges.

    Example:
        >>> import numpy as np
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> x = Volume(np.random.default_rng(0).random(fine.shape), fine)
        >>> y = acquire_volume(x, fine.coarsened((2, 2, 1)))
        >>> flat = x.with_data(np.ones(fine.shape))
        >>> volume_consistency(back_project_volume(flat, y, BackProjection()), y) < 1e-5
        True
    """
    acquisition = Acquisition(estimate.grid, scan.grid)
    data = back_project(acquisition, as_batch(estimate), as_batch(scan), method)
    return estimate.with_data(data[0, 0].numpy())


def volume_consistency(estimate: Volume, scan: Volume) -> float:
    """Return the data-consistency error ||A x^ - y|| / ||y||.

    Args:
        estimate: x^, on the fine grid.
        scan: y, on the coarse grid.

    Returns:
        At least 0, as a fraction of the scan; 0 where the estimate explains the scan exactly.

    Raises:
        GridError: The grids do not share their voxel edges.

    Example:
        >>> import numpy as np
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> x = Volume(np.ones(fine.shape), fine)
        >>> volume_consistency(x, acquire_volume(x, fine.coarsened((2, 2, 1))))
        0.0
    """
    acquisition = Acquisition(estimate.grid, scan.grid)
    return consistency(acquisition, as_batch(estimate), as_batch(scan))
