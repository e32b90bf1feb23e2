"""One case as a value: everything that it takes to make its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossres.files.outputs import REPORT_ENDING, beside
from crossres.report import is_report
from crossres.workflows.cohort.maps import existing_maps, map_paths
from crossres.workflows.cohort.names import Resolution
from crossres.workflows.enhance import Request


@dataclass(frozen=True)
class Job:
    """One case to be run, here or on another machine with access to its files.

    Args:
        name: Name of the case.
        request: The request, with absolute paths; its device may be ``"auto"``.
        volume: The file to make; the others are beside it.
        report: Whether a report is made too.
        maps: Whether maps are made too.
        metadata: Keys of BIDS for the sidecar.
        overwrite: Whether files made from other inputs or settings may be replaced.
        threads: Processor threads, at least 1.
        notes: Warnings about the dataset that concern this case.
    """

    name: str
    request: Request
    volume: Path
    report: bool = False
    maps: bool = False
    metadata: Mapping[str, object] = field(default_factory=dict)
    overwrite: bool = False
    threads: int = 1
    notes: tuple[str, ...] = ()

    @property
    def resolution(self) -> Resolution:
        """The requested resolution."""
        return Resolution(self.request.factor, self.request.spacing)

    @property
    def sidecar(self) -> Path:
        """The JSON file beside the volume."""
        return beside(self.volume, ".json")

    @property
    def thumbnail(self) -> Path:
        """The picture for the summary of the cohort."""
        return beside(self.volume, ".png")

    @property
    def reports(self) -> list[Path]:
        """The report, if it is required."""
        return [beside(self.volume, REPORT_ENDING)] * self.report

    @property
    def outputs(self) -> list[Path]:
        """Volume, sidecar, thumbnail, and the report if it is required."""
        return [self.volume, self.sidecar, self.thumbnail, *self.reports]

    @property
    def maps_outputs(self) -> dict[str, Path]:
        """The possible maps by name; each has a sidecar beside it."""
        contrasts = self.request.contrasts or (None, None)
        return map_paths(self.volume, contrasts[1])

    def companions(self, *, but: Sequence[Path]) -> list[Path]:
        """Return thumbnail, report and maps of an earlier result, which go with its volume.

        Args:
            but: Files that the new result replaces.

        Returns:
            Existing files.
        """
        report = beside(self.volume, REPORT_ENDING)
        pictures = [self.thumbnail] * self.thumbnail.exists() + [report] * is_report(report)
        return sorted({*pictures, *existing_maps(self.volume)} - set(but))
