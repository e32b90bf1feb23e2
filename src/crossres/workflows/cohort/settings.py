"""The settings of all cases of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from crossres.inference import EnhanceSettings
from crossres.workflows.cohort.names import Resolution


@dataclass(frozen=True)
class CohortSettings:
    """The settings of all cases.

    Args:
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm. Without both the results are isotropic at
            the finest voxel size of scan and guide, as far as the weights are for that.
        weights: Names or files, one for each pass; empty for the shipped ones.
        enhance: Settings of the method.
        report: Whether each case gets a report.
        maps: Whether each case gets maps.
        overwrite: Whether cases made with other inputs or settings may be replaced.
        threads: Processor threads per case, at least 1; results may differ in the last digit
            between numbers.
        skull_stripped: Whether the skull was removed from the scans, for the sidecars of BIDS; None
            where only the metadata of the scans may state it.
    """

    factor: tuple[float, ...] | None = None
    spacing: tuple[float, ...] | None = None
    weights: tuple[str, ...] = ()
    enhance: EnhanceSettings = field(default_factory=EnhanceSettings)
    report: bool = False
    maps: bool = False
    overwrite: bool = False
    threads: int = 1
    skull_stripped: bool | None = None

    @property
    def resolution(self) -> Resolution:
        """The requested resolution."""
        return Resolution(self.factor, self.spacing)
