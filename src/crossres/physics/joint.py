"""Agreement with several scans at once: least squares over all of them, by conjugate gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from crossres.physics.moved_acquisition import MovedAcquisition
from crossres.physics.shear import Image

MOST_STEPS = 10
"""Steps at most."""
TOLERANCE = 0.1
"""Norm of the gradient, as a share of that of the estimate, at which the iteration ends: 3 to 4
steps. A tenth of it takes twice as many, and changes PSNR by 0.02 dB at most
(studies/HISTORY.md)."""


@dataclass(frozen=True, eq=False)
class ScanTerm:
    """One scan in the sum of squares.

    Args:
        acquisition: A, from the fine grid to the scan.
        target: y, ``(i, j, k)``. Where it is exactly 0 nothing was scanned.
        noise: Variance of the scan's noise over that of the correction, above 0.
    """

    acquisition: MovedAcquisition
    target: Image
    noise: float

    def residual(self, x: Image) -> Image:
        """Return what an image leaves unexplained.

        Args:
            x: ``(I, J, K)`` on the fine grid.

        Returns:
            y - A x where something was scanned and the fine grid shows it; 0 elsewhere.
        """
        return self._seen(self.target - self.acquisition.forward(x))

    def normal(self, x: Image) -> Image:
        """Return A^T M A x / noise, with M the mask of what was scanned.

        Args:
            x: ``(I, J, K)`` on the fine grid.

        Returns:
            ``(I, J, K)``.
        """
        return self.acquisition.adjoint(self._seen(self.acquisition.forward(x))) / self.noise

    def error(self, x: Image) -> float:
        """Return the data-consistency error of an image.

        Args:
            x: ``(I, J, K)`` on the fine grid.

        Returns:
            ||A x - y|| / ||y|| over what was scanned, at least 0.
        """
        norm = torch.linalg.vector_norm(self._seen(self.target)).clamp_min(1e-30)
        return float(torch.linalg.vector_norm(self.residual(x)) / norm)

    def _seen(self, y: Image) -> Image:
        return y * self.acquisition.inside * (self.target != 0)


def agree_with_all(
    estimate: Image,
    terms: Sequence[ScanTerm],
    *,
    tolerance: float = TOLERANCE,
    steps: int = MOST_STEPS,
) -> Image:
    """Return the image nearest to an estimate that agrees with all scans.

    Minimises ||x' - x||^2 + sum_k ||A_k x' - y_k||^2 / noise_k by conjugate gradients, which start
    from the estimate. With one scan that was not moved this is
    :func:`crossres.physics.project`, which has a closed form.

    Args:
        estimate: x, ``(I, J, K)`` on the fine grid.
        terms: The scans.
        tolerance: Norm of the gradient at which the iteration ends, as a share of the first one.
        steps: Steps at most.

    Returns:
        x', ``(I, J, K)``.

    References:
        Hestenes and Stiefel 1952, doi 10.6028/jres.049.044.

    Example:
        >>> import numpy as np
        >>> from crossres.volume import Grid
        >>> fine = Grid((8, 8, 8), np.eye(4))
        >>> truth = torch.rand(8, 8, 8)
        >>> As = [MovedAcquisition(fine, fine.coarsened(f)) for f in ((4, 1, 1), (1, 4, 1))]
        >>> terms = [ScanTerm(A, A.forward(truth), 0.01) for A in As]
        >>> x = agree_with_all(torch.full((8, 8, 8), 0.5), terms)
        >>> [term.error(x) < 0.4 * term.error(torch.full_like(x, 0.5)) for term in terms]
        [True, True]
    """
    gradient = sum(
        (term.acquisition.adjoint(term.residual(estimate)) / term.noise for term in terms),
        torch.zeros_like(estimate),
    )
    correction, direction = torch.zeros_like(estimate), gradient.clone()
    size = float(gradient.square().sum())
    enough = tolerance**2 * size
    for _ in range(steps):
        if size <= enough:
            break
        image = sum((term.normal(direction) for term in terms), direction)
        length = size / float((direction * image).sum())
        correction += length * direction
        gradient -= length * image
        before, size = size, float(gradient.square().sum())
        direction = gradient + size / before * direction
    return estimate + correction
