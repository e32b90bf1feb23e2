"""A finished request to enhance one scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from crossres.inference import Enhanced
from crossres.io import Input
from crossres.workflows.enhance.request import Request
from crossres.workflows.enhance.sidecar import sidecar_of
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
        """The content of the JSON file."""
        content = sidecar_of(self.request, self.inputs, self.enhanced)
        return {**content, "target_grid": self.grid_reason}
