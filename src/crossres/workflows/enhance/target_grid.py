"""The grid of a result: as a factor or a spacing require it, else as isotropic as weights allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossres.inference import Candidate
from crossres.types import SettingsError
from crossres.volume import Grid, fine_grid, through_plane_axis
from crossres.volume.size_text import size_text
from crossres.volume.target_grid import COARSER, Numbers
from crossres.weights.defaults import KnownContrasts
from crossres.weights.largest_factors import largest_factors

GIVEN = "given by the user"


@dataclass(frozen=True, eq=False)
class TargetGrid:
    """The grid of a result, and why it is that one.

    Args:
        fine: The grid.
        reason: "given by the user", or a phrase that states the rule.
    """

    fine: Grid
    reason: str = GIVEN

    @property
    def note(self) -> str | None:
        """A sentence on a choice that was left open; None where the user gave the grid."""
        if self.reason == GIVEN:
            return None
        sizes = size_text(self.fine.spacing)
        return f"target grid {sizes}: {self.reason}; choose with `factor` or `spacing`"


def target_grid(
    target: Grid,
    guide: Grid | None,
    *,
    factor: Numbers | None,
    spacing: Numbers | None,
    weights: Sequence[str | Candidate] = (),
    contrasts: KnownContrasts = (None, None),
) -> TargetGrid:
    """Return the grid of a result.

    Without a factor and a spacing it is isotropic at the finest voxel size of scan and guide, but
    no factor exceeds the largest that the weights are for.

    Args:
        target: Grid of the scan.
        guide: Grid of the guide, or None.
        factor: As :func:`crossres.fine_grid` takes it, or None.
        spacing: As :func:`crossres.fine_grid` takes it, or None.
        weights: Names, files or candidates, one for each pass; none for the shipped ones.
        contrasts: Contrasts of target and guide, as far as they are known.

    Returns:
        The grid, and the reason.

    Raises:
        SettingsError: As :func:`crossres.fine_grid`; or neither factor nor spacing for a scan that
            is isotropic.
        WeightsError: Unknown or damaged weights.

    Example:
        >>> import numpy as np
        >>> scan = Grid((60, 60, 20), np.diag([1.0, 1.0, 5.0, 1.0]))
        >>> target_grid(scan, None, factor=None, spacing=None).fine.spacing
        (1.0, 1.0, 1.0)
    """
    if factor is not None or spacing is not None:
        return TargetGrid(fine_grid(target, factor=factor, spacing=spacing))
    if max(target.spacing) < COARSER * min(target.spacing):
        raise SettingsError(_isotropic(target, guide))
    finest = min([*target.spacing, *([] if guide is None else guide.spacing)])
    requested = [d / finest if d >= COARSER * finest else 1.0 for d in target.spacing]
    plane, across = largest_factors(weights, guided=guide is not None, contrasts=contrasts)
    factors = _limited(requested, target, plane, across)
    images = "the scan" if guide is None else "scan and guide"
    reason = f"isotropic at the finest voxel size of {images}"
    if factors != requested:
        reason = (
            f"as near to {finest:.3g} mm, the finest voxel size of {images}, as the weights are "
            f"for (factors up to {plane:.3g} in the plane, {across:.3g} across the slices)"
        )
    return TargetGrid(fine_grid(target, factor=factors), reason)


def _limited(requested: Sequence[float], target: Grid, plane: float, across: float) -> list[float]:
    """Return factors that the weights of each pass are for."""
    changed = [axis for axis in range(3) if requested[axis] > 1]
    through_plane = {1: changed[0], 3: through_plane_axis(target)}.get(len(changed))
    return [min(f, across if axis == through_plane else plane) for axis, f in enumerate(requested)]


def _isotropic(target: Grid, guide: Grid | None) -> str:
    """Return the error for a scan from which no grid follows."""
    text = f"the scan is isotropic ({target.spacing[0]:.3g} mm) and no resolution was requested"
    if guide is not None and COARSER * min(guide.spacing) < min(target.spacing):
        finer = min(guide.spacing)
        return f"{text}; give a `spacing` in mm, such as {finer:.3g} (that of the guide)"
    return f"{text}; give a `factor`, such as 2,2,2, or a `spacing` in mm"
