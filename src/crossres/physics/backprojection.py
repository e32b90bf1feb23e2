"""Make an estimate agree with the scan: back-projection, and the data-consistency error."""

from dataclasses import dataclass
from typing import Literal

import torch

from crossres.checks import check_choice, check_number, check_type, check_whole
from crossres.physics.acquisition import Acquisition
from crossres.types import CoarseBatch, FineBatch

MOST_STEPS = 100
"""Iterations of eq. 6: the estimate has stopped changing long before."""
MOST_NOISE = 1e6
"""Noise ratio: the correction is then below the resolution of float32."""


@dataclass(frozen=True)
class BackProjection:
    """The method that makes an estimate agree with the scan.

    Args:
        kind: "none", "iterative" (eq. 6) or "exact" (the closed-form projection).
        steps: Number of iterations of eq. 6, 1 to 100; the paper uses 1.
        noise: For "exact": variance of the scan's noise over the variance expected of the
            correction per fine voxel (Tikhonov), 0 to 1e6; 0 trusts the scan fully.
        between: After every stage of a cascade, or (the paper) after the last one only.

    Raises:
        SettingsError: An unknown kind, or a value outside its range.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 6 (iterative).

    Example:
        >>> BackProjection("iterative", steps=3).steps
        3
    """

    kind: Literal["none", "iterative", "exact"] = "exact"
    steps: int = 1
    noise: float = 0.0
    between: bool = True

    def __post_init__(self) -> None:
        check_choice("back-projection", self.kind, ("none", "iterative", "exact"))
        check_whole("steps of back-projection", self.steps, most=MOST_STEPS)
        check_number("noise of back-projection", self.noise, 0, MOST_NOISE)
        check_type("between of back-projection", self.between, bool)


@dataclass(frozen=True)
class Consistency:
    """Data-consistency errors ||A x - y|| / ||y||; 0 where the scan is explained exactly.

    Args:
        interpolation: That of cubic up-sampling, x = U y.
        result: That of the result, x = x^.
        noise: What the noise of the scan alone amounts to; 0 where it was not denoised.
        at_bounds: Share of the voxels of the object, 0 to 1, that lie at their least admissible
            intensity after the last step: without the bound they would be lower.
    """

    interpolation: float
    result: float
    noise: float = 0.0
    at_bounds: float = 0.0


def consistency(acquisition: Acquisition, estimate: FineBatch, target: CoarseBatch) -> float:
    """Return the data-consistency error ||A x^ - y|| / ||y||.

    Where the scan is exactly 0 nothing was scanned: these voxels do not count.

    Args:
        acquisition: A.
        estimate: x^, ``(b, c, I, J[, K])`` on the fine grid.
        target: y, ``(b, c, i, j[, k])`` on the coarse grid, in the same intensities.

    Returns:
        At least 0, as a fraction of the scan; 0 where the estimate explains the scan exactly.

    Raises:
        GridError: A tensor whose shape is not that of its grid.

    Example:
        >>> import numpy as np
        >>> from crossres.volume import Grid
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> A = Acquisition(fine, fine.coarsened((2, 2, 1)))
        >>> x = torch.rand(1, 1, 8, 8, 4)
        >>> consistency(A, x, A.forward(x))
        0.0
    """
    away = (acquisition.forward(estimate) - target) * (target != 0)
    residual = torch.linalg.vector_norm(away)
    return float(residual / torch.linalg.vector_norm(target).clamp_min(1e-30))


def iterate_back_projection(
    acquisition: Acquisition, estimate: FineBatch, target: CoarseBatch, steps: int = 1
) -> FineBatch:
    """Return the estimate after ``steps`` of x + U (y - A x).

    Cubic up-sampling U stands for the paper's B' D^T.

    Args:
        acquisition: A and U.
        estimate: x, ``(b, c, I, J[, K])`` on the fine grid.
        target: y, ``(b, c, i, j[, k])`` on the coarse grid.
        steps: Number of iterations, at least 0.

    Returns:
        The corrected estimate, ``(b, c, I, J[, K])``.

    Raises:
        GridError: A tensor whose shape is not that of its grid.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, eq. 6; Irani and Peleg 1991,
        doi 10.1016/1049-9652(91)90045-L.
    """
    for _ in range(steps):
        estimate = estimate + acquisition.upsample(target - acquisition.forward(estimate))
    return estimate


def project(
    acquisition: Acquisition, estimate: FineBatch, target: CoarseBatch, noise: float = 0.0
) -> FineBatch:
    """Return x + A^T (A A^T + noise I)^-1 (y - A x), the nearest image that explains the scan.

    With ``noise`` 0 it is the orthogonal projection onto {x : A x = y}; otherwise the minimiser of
    ||A x' - y||^2 + noise ||x' - x||^2.

    Args:
        acquisition: A.
        estimate: x, ``(b, c, I, J[, K])`` on the fine grid.
        target: y, ``(b, c, i, j[, k])`` on the coarse grid.
        noise: Variance of the scan's noise over that of the correction, at least 0.

    Returns:
        The corrected estimate, ``(b, c, I, J[, K])``.

    Raises:
        GridError: A tensor whose shape is not that of its grid.

    Example:
        >>> import numpy as np
        >>> from crossres.volume import Grid
        >>> fine = Grid((8, 8, 4), np.eye(4))
        >>> A = Acquisition(fine, fine.coarsened((2, 2, 1)))
        >>> scan = torch.rand(1, 1, 4, 4, 4)
        >>> consistency(A, project(A, torch.zeros(1, 1, 8, 8, 4), scan), scan) < 1e-5
        True
    """
    residual = target - acquisition.forward(estimate)
    return estimate + acquisition.adjoint(acquisition.solve(residual, noise))


def back_project(
    acquisition: Acquisition, estimate: FineBatch, target: CoarseBatch, method: BackProjection
) -> FineBatch:
    """Apply a back-projection.

    Args:
        acquisition: A and U.
        estimate: x, ``(b, c, I, J[, K])`` on the fine grid.
        target: y, ``(b, c, i, j[, k])`` on the coarse grid.
        method: The kind of back-projection and its settings.

    Returns:
        The corrected estimate, ``(b, c, I, J[, K])``.

    Raises:
        GridError: A tensor whose shape is not that of its grid.
    """
    if method.kind == "iterative":
        return iterate_back_projection(acquisition, estimate, target, method.steps)
    if method.kind == "exact":
        return project(acquisition, estimate, target, method.noise)
    return estimate
