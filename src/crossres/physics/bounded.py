"""Agreement with the scan within bounds: the nearest admissible image that explains the scan."""

from __future__ import annotations

import torch
from torch import Tensor

from crossres.physics.acquisition import Acquisition
from crossres.types import CoarseBatch, FineBatch

MOST_STEPS = 30
"""Steps at most: what is left then is mostly where bounds contradict the scan, as at a mask."""
ENOUGH = 2e-4
"""Data-consistency error at which the iteration ends."""


def project_within(
    acquisition: Acquisition,
    estimate: FineBatch,
    target: CoarseBatch,
    lower: FineBatch,
    upper: FineBatch,
    *,
    noise: float = 0.0,
    steps: int = MOST_STEPS,
) -> FineBatch:
    """Return the image nearest to the estimate, within bounds, that explains the scan.

    Minimises ||x' - x||^2 subject to A x' = y and lower <= x' <= upper, by its dual problem:

        x'(z) = clip(x + A^T z, lower, upper)
        z <- z + (A A^T + noise I)^-1 (y - A x'(z) - noise z)

    with Nesterov's acceleration, restarted where it overshoots. Elements of the batch are solved
    apart from each other: each ends as soon as it agrees. One step without bounds is
    :func:`crossres.physics.project`. Where the scan is exactly 0 nothing was scanned, and
    agreement is not required.

    Args:
        acquisition: A.
        estimate: x, ``(b, c, I, J[, K])`` on the fine grid.
        target: y, ``(b, c, i, j[, k])`` on the coarse grid.
        lower: Least intensities, on the fine grid.
        upper: Largest intensities, on the fine grid; infinite where there is no bound.
        noise: Variance of the scan's noise over that of the correction, at least 0.
        steps: Steps at most; fewer once the data-consistency error of the batch is below 2e-4.

    Returns:
        x', ``(b, c, I, J[, K])``, within the bounds.

    Raises:
        GridError: A tensor whose shape is not that of its grid.

    References:
        Boyle and Dykstra 1986, doi 10.1007/978-1-4613-9940-7_3 (projection onto an intersection);
        O'Donoghue and Candes 2015, doi 10.1007/s10208-013-9150-3 (restarted acceleration).

    Example:
        >>> import numpy as np
        >>> from crossres.volume import Grid
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> A = Acquisition(fine, fine.coarsened((2, 2, 1)))
        >>> truth = torch.rand(1, 1, 8, 8, 4)
        >>> zero = torch.zeros_like(truth)
        >>> x = project_within(A, truth - 0.3, A.forward(truth), zero, zero + torch.inf)
        >>> bool(x.min() >= 0), float((A.forward(x) - A.forward(truth)).norm()) < 0.02
        (True, True)
    """
    within = torch.empty_like(estimate)
    enough = ENOUGH * float(torch.linalg.vector_norm(target)) / len(target) ** 0.5
    left = torch.arange(len(target), device=target.device)
    parts = [estimate, target, lower, upper, target != 0]
    z = ahead = torch.zeros_like(target)
    momentum = target.new_ones(len(target), *(1 for _ in target.shape[1:]))
    for _ in range(steps):
        x, y, least, largest, scanned = parts
        within[left] = torch.clamp(x + acquisition.adjoint(ahead), least, largest)
        residual = (y - acquisition.forward(within[left]) - noise * ahead) * scanned
        far = torch.linalg.vector_norm(residual.flatten(1), dim=1) > enough
        if not far.any():
            return within
        if not far.all():
            left, z, ahead, momentum, residual, *parts = (
                each[far] for each in (left, z, ahead, momentum, residual, *parts)
            )
        stepped = ahead + acquisition.solve(residual, noise) * parts[-1]
        inertia, momentum = _accelerated(momentum, residual, stepped - z)
        z, ahead = stepped, stepped + inertia * (stepped - z)
    x, _, least, largest, _ = parts
    within[left] = torch.clamp(x + acquisition.adjoint(z), least, largest)
    return within


def _accelerated(momentum: Tensor, residual: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
    """Return Nesterov's share of the last step to repeat, and his next number.

    Both restart for elements whose step led against the residual, the gradient of the dual problem.
    """
    overshot = (residual * step).flatten(1).sum(1) < 0
    momentum = torch.where(overshot.view_as(momentum), 1.0, momentum)
    following = (1 + torch.sqrt(1 + 4 * momentum**2)) / 2
    return (momentum - 1) / following, following
