"""Filters of scans: words such as acq=highres, together with those of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crossres.io import Filters


def parsed(texts: Sequence[str] | None) -> Filters:
    """Return filters from KEY=LABEL,LABEL; the label none selects images without the entity.

    Args:
        texts: The words, or None.

    Returns:
        Labels by entity.

    Raises:
        SettingsError: Anything else.

    Example:
        >>> parsed(["acq=highres", "run=none"])
        {'acq': ['highres'], 'run': None}
    """
    from crossres.types import SettingsError

    found: dict[str, list[str] | None] = {}
    for text in texts or []:
        key, _, labels = text.partition("=")
        if not key or not labels:
            raise SettingsError(f"{text!r} is not a filter; give KEY=LABEL, such as acq=highres")
        found[key] = None if labels == "none" else labels.split(",")
    return found


def combined(own: Filters, more: Filters) -> Filters:
    """Return the filters of options and of a file together.

    Args:
        own: Filters of options.
        more: Filters of a file.

    Returns:
        Labels by entity.

    Raises:
        SettingsError: Both filter by one entity.
    """
    from crossres.types import SettingsError

    if twice := sorted(own.keys() & more.keys()):
        raise SettingsError(
            f"{twice[0]} is filtered both by an option and by `bids_filter_file`; leave one out"
        )
    return {**own, **more}
