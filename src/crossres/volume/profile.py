"""The profile over which a voxel averages along one axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from crossres.types import GridError

ProfileShape: TypeAlias = Literal["gaussian", "slab"]
"""A Gaussian; or a rectangle with smooth edges, as a selective pulse excites it."""


@dataclass(frozen=True)
class Profile:
    """The profile over which a voxel averages along one axis.

    Args:
        fwhm: Full width at half maximum, mm, above 0; nan for the spacing of the grid.
        shape: "gaussian" or "slab".

    Raises:
        GridError: A width that is not above 0.

    Example:
        >>> Profile(3.0, "slab").resolved(4.0)
        Profile(fwhm=3.0, shape='slab')
    """

    fwhm: float = math.nan
    shape: ProfileShape = "gaussian"

    def __post_init__(self) -> None:
        if not (math.isnan(self.fwhm) or 0 < self.fwhm < math.inf):
            raise GridError(f"the width of a profile must be above 0 mm, got {self.fwhm}")

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
