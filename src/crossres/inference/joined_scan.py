"""What became of one of several scans in their joint estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crossres.registration import RigidTransform
from crossres.volume import Grid


@dataclass(frozen=True, eq=False)
class JoinedScan:
    """One of several scans that were joined.

    Args:
        grid: Grid of the scan.
        transform: From the world of the first scan to that of this one.
        moved_mm: Mean displacement by the transform inside the field of view, mm.
        correlation_before: Correlation with the first scan inside the head, by the headers.
        correlation: The same after registration; of the first scan 1.
        ratio: Median intensity inside the head over that of the first scan.
        field: Least and largest factor of the smooth field between both, over the ratio.
        residual: Data-consistency error of the result with this scan.
        noise: What the noise of this scan alone amounts to; 0 where it does not matter.
        weights: Names of the networks that enhanced it.
    """

    grid: Grid
    transform: RigidTransform
    moved_mm: float
    correlation_before: float
    correlation: float
    ratio: float
    field: tuple[float, float]
    residual: float
    noise: float
    weights: str

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the transform for a JSON sidecar.

        Returns:
            Plain numbers, lists and dictionaries.
        """
        return {
            "grid": {"shape": self.grid.shape, "spacing_mm": self.grid.spacing},
            "registration": {
                "transform": self.transform.to_dict(),
                "moved_mm": self.moved_mm,
                "angle_degrees": self.transform.angle_degrees,
                "correlation_before": self.correlation_before,
                "correlation": self.correlation,
            },
            "intensity_ratio": self.ratio,
            "intensity_field": self.field,
            "consistency": {"result": self.residual, "noise": self.noise},
            "weights": self.weights,
        }

    @property
    def description(self) -> str:
        """Motion, intensity and residual, for people."""
        low, high = self.field
        return (
            f"moved by {self.moved_mm:.2f} mm, {self.transform.angle_degrees:.2f} degrees; "
            f"intensities x {self.ratio:.3g} (field {low:.2f} to {high:.2f}); residual "
            f"{100 * self.residual:.2f} %"
        )
