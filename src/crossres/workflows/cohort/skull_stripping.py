"""Whether the skull was removed from a scan, which BIDS requires the sidecar of a result to state.

The metadata of the scan state it, or the user does.
"""

from __future__ import annotations

from collections.abc import Mapping

from crossres.io import BidsDataset, Scan
from crossres.types import FileFormatError, SettingsError

SKULL_STRIPPED = "SkullStripped"
"""The key of BIDS."""


def skull_stripping(
    target: Scan, dataset: BidsDataset, given: bool | None = None
) -> tuple[Mapping[str, bool], list[str]]:
    """Return what is known of the skull of a scan.

    Args:
        target: The scan.
        dataset: Its dataset.
        given: What the user states of all scans, or None.

    Returns:
        The key of BIDS with its value, or nothing; and a warning if the metadata of the scan cannot
        be read.

    Raises:
        SettingsError: The metadata of the scan contradict the user.
    """
    notes = []
    try:
        stated = dataset.metadata(target).get(SKULL_STRIPPED)
    except FileFormatError as error:
        reason = str(error).replace(f"{dataset.root}/", "")
        stated, known = None, "not stated" if given is None else "that of `skull_stripped`"
        notes = [f"{SKULL_STRIPPED} is {known}: {reason}"]
    if not isinstance(stated, bool):
        return {} if given is None else {SKULL_STRIPPED: given}, notes
    if given not in (None, stated):
        raise SettingsError(
            f"`skull_stripped` contradicts the metadata of {target.path.name}, where "
            f"{SKULL_STRIPPED} is {str(stated).lower()}; correct these, or leave the option out"
        )
    return {SKULL_STRIPPED: stated}, notes
