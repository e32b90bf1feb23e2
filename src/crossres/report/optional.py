"""Pictures and reports, without which a result is complete."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from crossres.files import atomic
from crossres.types import CrossresWarning

PENDING, MADE = "pending", "made"
"""States of a picture in the JSON file of a result; any other state is the reason of a failure."""

Drawings: TypeAlias = Mapping[Path, Callable[[Path], object]]
"""Pictures and reports to be made, each with the function that writes it to a path."""


def write_optional(
    drawings: Drawings, *, overwrite: bool = False, check: Callable[[], None] = lambda: None
) -> dict[str, str]:
    """Write pictures and reports; one that fails is a warning and affects nothing else.

    Args:
        drawings: What to write; each is written in full or not at all.
        overwrite: Whether existing ones may be replaced.
        check: Called after each drawing; raises an error if what is drawn is out of date.

    Returns:
        For each file name ``"made"`` or the reason why it was not made.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "SR.html"
        >>> write_optional({path: lambda file: file.write_text("<p>4 x finer</p>")})
        {'SR.html': 'made'}
    """
    return {path.name: _state(path, draw, overwrite, check) for path, draw in drawings.items()}


def _state(
    path: Path, draw: Callable[[Path], object], overwrite: bool, check: Callable[[], None]
) -> str:
    try:
        with atomic(path, overwrite=overwrite) as file:
            draw(file)
            check()
    except Exception as error:  # matplotlib depends on much that crossres does not control
        reason = f"not made: {' '.join(str(error).split()) or type(error).__name__}"
        warnings.warn(f"{path.name} was {reason}", CrossresWarning, stacklevel=3)
        return reason
    return MADE
