"""A finished request to enhance one scan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from crossres.inference import Enhanced
from crossres.io import Input
from crossres.report import Verdict
from crossres.workflows.enhance.command import command_of
from crossres.workflows.enhance.request import Request
from crossres.workflows.enhance.sidecar import sidecar_of
from crossres.workflows.enhance.sidecar_file import result_entry
from crossres.workflows.enhance.target_grid import GIVEN


@dataclass(frozen=True, eq=False)
class EnhancedFiles:
    """A finished request.

    Args:
        request: The request, its device resolved.
        inputs: The scans by role.
        enhanced: The result.
        grid_reason: Why the result has its grid.
    """

    request: Request
    inputs: Mapping[str, Input]
    enhanced: Enhanced
    grid_reason: str = GIVEN

    @cached_property
    def sidecar(self) -> dict[str, object]:
        """The content of the JSON file, but for the result as written."""
        content = sidecar_of(self.request, self.inputs, self.enhanced)
        return {**content, "target_grid": self.grid_reason}

    @property
    def verdict(self) -> Verdict:
        """The verdict that the JSON file states."""
        stated: Any = self.sidecar["verdict"]
        return Verdict(**stated)

    def recorded(
        self,
        known: Mapping[str, object],
        result: Path,
        start: float,
        *,
        report: bool = False,
        maps: bool = False,
    ) -> dict[str, object]:
        """Return the content of the JSON file beside a result.

        Args:
            known: The sidecar, with the predicted error where it accompanies maps.
            result: The volume as written, or the folder of slices.
            start: When the writing began, as ``time.perf_counter`` returned it.
            report: Whether a report is required.
            maps: Whether maps are required.

        Returns:
            Plain JSON values: what is known, the command that repeats the result, and the time of
            writing the volume and its maps.

        Raises:
            FileFormatError: The result cannot be read for its checksum.
        """
        entry = result_entry(result)
        command = command_of(self.request, self.inputs, result.name, report=report, maps=maps)
        content = {**known, "command": command, "result": entry}
        return with_time(content, "writing", start)


def with_time(content: Mapping[str, Any], step: str, start: float) -> dict[str, Any]:
    """Add the time of a step to the content of a JSON file.

    Args:
        content: The content.
        step: Name of the step, which ends now.
        start: Its start, as ``time.perf_counter`` returned it.

    Returns:
        A copy; the time is added to that of an earlier part of the step, and to the total.
    """
    seconds, known = time.perf_counter() - start, content["timings_seconds"]
    added = {name: known.get(name, 0.0) + seconds for name in (step, "total")}
    return {**content, "timings_seconds": {**known, **added}}
