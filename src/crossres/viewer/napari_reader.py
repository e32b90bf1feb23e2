"""A reader of napari: a scan, or a result with its maps (manifest ``napari.yaml``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from crossres.io import read
from crossres.types import CrossresError
from crossres.viewer.folder import open_result
from crossres.volume import Volume

Layer: TypeAlias = tuple[Any, dict[str, Any], str]
"""Data (i, j, k), keyword arguments of the layer, and its type."""


def get_reader(path: str | list[str]) -> Callable[[str], list[Layer]] | None:
    """Return the function that reads a file, as napari requires it.

    Args:
        path: A file, or several.

    Returns:
        :func:`read_layers`; None for several files, which napari opens one by one.
    """
    return read_layers if isinstance(path, str) else None


def read_layers(path: str) -> list[Layer]:
    """Read a scan, or a result of crossres with all of its maps.

    Args:
        path: A NIfTI file.

    Returns:
        One layer per volume; maps are hidden. World coordinates of napari are RAS+ mm.

    Raises:
        CrossresError: A file that cannot be read.
    """
    name = Path(path).name
    shown = layer_of(read(path), name)
    try:
        found = open_result(path)
    except CrossresError:  # no result of crossres, or one without maps
        return [shown]
    maps = {entry.name: read(found.folder / entry.file) for entry in found.maps.volumes}
    return [shown, *(layer_of(volume, title, visible=False) for title, volume in maps.items())]


def layer_of(volume: Volume, name: str, **options: Any) -> Layer:
    """Return a volume as a layer, in its place in the world.

    Args:
        volume: The volume.
        name: Name of the layer.
        options: Further arguments of the layer.

    Returns:
        The layer.

    Example:
        >>> from crossres.volume import Grid
        >>> scan = Volume(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)))
        >>> layer_of(scan, "T2")[2]
        'image'
    """
    return np.asarray(volume), {"name": name, "affine": volume.affine, **options}, "image"
