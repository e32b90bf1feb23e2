"""One case as a value: everything that it takes to make its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossres.files.atomic_files import leftovers
from crossres.files.outputs import beside
from crossres.workflows.cohort.maps import existing_maps, map_paths, sidecar_path
from crossres.workflows.enhance import Request, output_paths


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
    def outputs(self) -> list[Path]:
        """Volume, sidecar, thumbnail, and the report if required."""
        volume, sidecar, *report = output_paths(self.volume, report=self.report)
        return [volume, sidecar, beside(volume, ".png"), *report]

    @property
    def maps_outputs(self) -> dict[str, Path]:
        """The possible maps by name; each has a sidecar beside it."""
        contrasts = self.request.contrasts or (None, None)
        return map_paths(self.volume, contrasts[1])

    def clean(self) -> None:
        """Remove partial files of killed processes; no process may be running the case."""
        maps = self.maps_outputs.values()
        report = beside(self.volume, ".html")
        for output in (*self.outputs[:3], report, *maps, *map(sidecar_path, maps)):
            for part in leftovers(output):
                part.unlink(missing_ok=True)

    def drop_others(self, made: Sequence[Path]) -> None:
        """Remove report and maps of an earlier result, which do not belong to this one.

        Args:
            made: The files of this result.
        """
        for path in {beside(self.volume, ".html"), *existing_maps(self.volume)} - set(made):
            path.unlink(missing_ok=True)
