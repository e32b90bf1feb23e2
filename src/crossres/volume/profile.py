"""The profile over which a voxel averages along one axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float

from crossres.types import GridError

ProfileShape: TypeAlias = Literal["gaussian", "slab", "band-limited"]
"""A Gaussian; a rectangle with smooth edges, as a selective pulse excites it; or the sinc function
of truncated k-space."""
Distances: TypeAlias = Float[np.ndarray, "*n"]

SUPPORT_FWHM = 2.0
"""Gaussian weights beyond this many FWHM (below 2e-5 of the peak) are exactly 0, so that
empty background stays empty."""
SINC_LOBES = 10.0
"""Width of a sinc function, in samples, beyond which sums over some of its weights end."""
SLAB_EDGE = 0.25
"""FWHM of the Gaussian that smooths the edges of a slab, as a share of its width."""


@dataclass(frozen=True)
class Profile:
    """The profile over which a voxel averages along one axis.

    Args:
        fwhm: Full width at half maximum, mm, above 0; nan for the spacing of the grid. Of a
            band-limited profile it is the nominal resolution: the distance of the samples that hold
            all its frequencies, 1/1.21 of the width of the sinc function.
        shape: "gaussian", "slab" or "band-limited".
        stated: Whether the metadata of the file state it for the voxels in the plane.

    Raises:
        GridError: A width that is not above 0.

    Example:
        >>> Profile(3.0, "slab").resolved(4.0)
        Profile(fwhm=3.0, shape='slab')
    """

    fwhm: float = math.nan
    shape: ProfileShape = "gaussian"
    stated: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        if not (math.isnan(self.fwhm) or 0 < self.fwhm < math.inf):
            raise GridError(f"the width of a profile must be above 0 mm, got {self.fwhm}")

    @property
    def support(self) -> float:
        """Distance, mm, from which on weights are 0, or of a sinc function less than 1/30."""
        widths = {"gaussian": SUPPORT_FWHM, "slab": 0.5 + SUPPORT_FWHM * SLAB_EDGE}
        return self.fwhm * widths.get(self.shape, SINC_LOBES)

    def resolved(self, spacing: float) -> Profile:
        """Return the profile with a number for its width.

        Args:
            spacing: Of the grid along the axis, mm.

        Returns:
            The profile; where its width was nan, that is the spacing.
        """
        return replace(self, fwhm=spacing) if math.isnan(self.fwhm) else self

    def scaled(self, factor: float) -> Profile:
        """Return the profile of voxels that are larger.

        Args:
            factor: Their size as a multiple of that of the former voxels, above 0.

        Returns:
            A profile of the same shape.
        """
        return replace(self, fwhm=self.fwhm * factor)

    def weights(self, distance: Distances) -> Distances:
        """Return the weights with which a voxel averages its surroundings, not yet normalised.

        Args:
            distance: Distances to the centre of the voxel, mm, any shape.

        Returns:
            At most 1, of the same shape; a sinc function is negative between some of its zeros.

        Example:
            >>> Profile(2.0).weights(np.array([0.0, 1.0])).tolist()
            [1.0, 0.5]
        """
        return _WEIGHTS[self.shape](distance, self.fwhm)


def gaussian(distance: Distances, fwhm: float) -> Distances:
    """Weigh by a Gaussian, 1 at the centre and 1/2 at ``fwhm / 2``.

    Args:
        distance: Distances to the voxel centre, mm, any shape.
        fwhm: Full width at half maximum, mm, above 0.

    Returns:
        Weights of the same shape, 0-1; exactly 0 beyond ``SUPPORT_FWHM`` widths.

    Example:
        >>> gaussian(np.array([0.0, 1.0]), fwhm=2.0).tolist()
        [1.0, 0.5]
    """
    ratio = distance / fwhm
    # Rounded, so that a sample right at the end counts on both sides or on neither.
    outside = np.abs(ratio).round(9) > SUPPORT_FWHM
    return np.where(outside, 0.0, np.exp2(-4.0 * ratio**2))


def slab(distance: Distances, fwhm: float) -> Distances:
    """Weigh by a rectangle with smooth edges: convolved with a Gaussian of a quarter of its width.

    Args:
        distance: Distances to the voxel centre, mm, any shape.
        fwhm: Full width at half maximum, mm, above 0.

    Returns:
        Weights of the same shape, 0-1; exactly 0 beyond the support of the Gaussian.

    Example:
        >>> slab(np.array([0.0, 1.0, 2.0]), fwhm=2.0).round(3).tolist()
        [1.0, 0.5, 0.0]
    """
    steepness = 4 * np.sqrt(np.log(2)) / (SLAB_EDGE * fwhm)
    erf = np.vectorize(math.erf, otypes=[np.float64])  # scipy would load with every grid
    ends = [erf(steepness / 2 * (distance + side * fwhm / 2)) for side in (1, -1)]
    outside = (np.abs(distance) / fwhm).round(9) > 0.5 + SUPPORT_FWHM * SLAB_EDGE
    return np.where(outside, 0.0, (ends[0] - ends[1]) / 2)


def sinc(distance: Distances, spacing: float) -> Distances:
    """Weigh by the point-spread function of k-space that was sampled up to 1 / (2 spacing).

    Args:
        distance: Distances to the voxel centre, mm, any shape.
        spacing: Nominal resolution, mm, above 0.

    Returns:
        Weights of the same shape, 1 at the centre and 0 at all multiples of the spacing.

    Example:
        >>> sinc(np.array([0.0, 1.0, 2.0]), spacing=2.0).round(3).tolist()
        [1.0, 0.637, 0.0]
    """
    return np.sinc(distance / spacing)


_WEIGHTS = {"gaussian": gaussian, "slab": slab, "band-limited": sinc}
