"""Make an estimate agree with the scan: back-projection and the consistency it improves."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from crossres.physics.acquisition import Acquisition
from crossres.types import SettingsError


@dataclass(frozen=True)
class BackProjection:
    """How an estimate is made to agree with the scan.

    Args:
        kind: "none", "iterative" (eq. 6) or "exact" (the closed-form projection).
        steps: Number of iterations of eq. 6; the paper uses 1.
        noise: For "exact": variance of the scan's noise over the variance expected of the
            correction per fine voxel (Tikhonov); 0 trusts the scan fully.
        between: After every stage of a cascade, or (the paper) after the last one only.

    Raises:
        SettingsError: An unknown kind, fewer than 1 step, or a noise that is negative or no number.
    """

    kind: Literal["none", "iterative", "exact"] = "exact"
    steps: int = 1
    noise: float = 0.0
    between: bool = True

    def __post_init__(self) -> None:
        if self.kind not in ("none", "iterative", "exact"):
            raise SettingsError(
                f"back-projection must be none, iterative or exact, got {self.kind!r}"
            )
        if self.steps < 1 or not 0 <= self.noise < math.inf:
            raise SettingsError("back-projection needs at least 1 step and a noise of at least 0")


@dataclass(frozen=True)
class Consistency:
    """Data-consistency errors ||A x - y|| / ||y||; 0 where the scan is explained exactly.

    Args:
        interpolation: That of cubic up-sampling, x = U y.
        result: That of the result, x = x^.
    """

    interpolation: float
    result: float


def consistency(acquisition: Acquisition, estimate: Tensor, target: Tensor) -> float:
    """Return the data-consistency error ||A x^ - y|| / ||y||.

    Args:
        acquisition: A.
        estimate: x^ on the fine grid, ``(b, c, i, j[, k])``.
        target: y on the coarse grid.

    Returns:
        At least 0; 0 where the estimate explains the scan exactly.
    """
    residual = torch.linalg.vector_norm(acquisition.forward(estimate) - target)
    return float(residual / torch.linalg.vector_norm(target).clamp_min(1e-30))


def iterate_back_projection(
    acquisition: Acquisition, estimate: Tensor, target: Tensor, steps: int = 1
) -> Tensor:
    """Return the estimate after ``steps`` of x + U (y - A x).

    Cubic up-sampling U stands for the paper's B' D^T.

    Args:
        acquisition: A and U.
        estimate: x on the fine grid, ``(b, c, i, j[, k])``.
        target: y on the coarse grid.
        steps: Number of iterations, at least 0.

    Returns:
        The corrected estimate, of the same shape.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 6; Irani and Peleg 1991,
        doi 10.1016/1049-9652(91)90045-L.
    """
    for _ in range(steps):
        estimate = estimate + acquisition.upsample(target - acquisition.forward(estimate))
    return estimate


def project(
    acquisition: Acquisition, estimate: Tensor, target: Tensor, noise: float = 0.0
) -> Tensor:
    """Return x + A^T (A A^T + noise I)^-1 (y - A x), the nearest image that explains the scan.

    With ``noise`` 0 it is the orthogonal projection onto {x : A x = y}; otherwise the minimiser of
    ||A x' - y||^2 + noise ||x' - x||^2.

    Args:
        acquisition: A.
        estimate: x on the fine grid, ``(b, c, i, j[, k])``.
        target: y on the coarse grid.
        noise: Variance of the scan's noise over that of the correction, at least 0.

    Returns:
        The corrected estimate, of the same shape.
    """
    residual = target - acquisition.forward(estimate)
    return estimate + acquisition.adjoint(acquisition.solve(residual, noise))


def back_project(
    acquisition: Acquisition, estimate: Tensor, target: Tensor, method: BackProjection
) -> Tensor:
    """Apply a back-projection.

    Args:
        acquisition: A and U.
        estimate: x on the fine grid, ``(b, c, i, j[, k])``.
        target: y on the coarse grid.
        method: Which one.

    Returns:
        The corrected estimate, of the same shape.
    """
    if method.kind == "iterative":
        return iterate_back_projection(acquisition, estimate, target, method.steps)
    if method.kind == "exact":
        return project(acquisition, estimate, target, method.noise)
    return estimate
