"""The JSON file beside a result on disk: what ties it to its volume, and the states of pictures."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from crossres.files import content_sha256, plain, read_json, write_json
from crossres.types import CrossresError, CrossresWarning, OutputWriteError


def result_entry(result: Path) -> dict[str, object]:
    """Return the entry that ties the JSON file to the volume that it describes.

    Args:
        result: The volume as written, or the folder of slices.

    Returns:
        ``file`` and ``sha256``; of a folder the number of ``files`` too, and the checksum of all.

    Raises:
        FileFormatError: A file cannot be read.
    """
    files = {"files": sum(1 for _ in result.iterdir())} if result.is_dir() else {}
    return {"file": result.name, **files, "sha256": content_sha256(result)}


def with_pictures(content: Mapping[str, object], states: Mapping[str, str]) -> dict[str, object]:
    """Add the states of pictures and reports to the content of a JSON file, if there are any.

    Args:
        content: The content.
        states: For each file name ``"pending"``, ``"made"`` or the reason why it was not made.

    Returns:
        The content of the file.
    """
    return {**content, **({"pictures": dict(states)} if states else {})}


def check_own(content: Mapping[str, object], sidecar: Path) -> None:
    """Check that the result on disk is still this one, before something is added to it.

    Args:
        content: The content of the JSON file as it was written.
        sidecar: The file.

    Raises:
        OutputWriteError: It describes another volume.
        FileFormatError: It is missing or cannot be read.
    """
    if read_json(sidecar, remedy="it stays as it is").get("result") != plain(content["result"]):
        raise OutputWriteError(f"{sidecar.name} was replaced by another process")


def record_pictures(
    content: Mapping[str, object], states: Mapping[str, str], sidecar: Path
) -> None:
    """Replace the JSON file of a result by one with the final states of its pictures.

    The result is complete without it: where it cannot be written, the states stay pending, with a
    warning. The file of a result that another process has made meanwhile is left alone.

    Args:
        content: The content without them.
        states: From :func:`crossres.report.write_optional`.
        sidecar: The file; nothing is written without pictures.
    """
    if not states:
        return
    try:
        check_own(content, sidecar)
        write_json(with_pictures(content, states), sidecar, overwrite=True)
    except CrossresError as error:
        text = f"{sidecar.name} does not state which pictures were made ({error})"
        warnings.warn(text, CrossresWarning, stacklevel=2)
