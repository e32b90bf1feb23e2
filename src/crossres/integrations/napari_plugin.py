"""A reader and a widget of napari (manifest ``napari.yaml``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from crossres.io import read
from crossres.types import CrossresError, SettingsError
from crossres.viewer import open_result
from crossres.volume import Grid, Volume
from crossres.workflows.enhance import enhance

if TYPE_CHECKING:
    import napari.layers
    import napari.types

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
        >>> scan = Volume(np.ones((4, 5, 6)), Grid((4, 5, 6), np.eye(4)))
        >>> layer_of(scan, "T2")[2]
        'image'
    """
    return np.asarray(volume), {"name": name, "affine": volume.affine, **options}, "image"


def enhance_layer(
    target: napari.layers.Image,
    guide: napari.layers.Image | None = None,
    spacing: float = 1.0,
) -> napari.types.LayerDataTuple:
    """Enhance one layer with the guide of another, as ``crossres.enhance`` does.

    Args:
        target: The scan.
        guide: A finer scan of the same subject.
        spacing: Voxel size of the result along every coarser axis, mm.

    Returns:
        A new layer.

    Raises:
        CrossresError: A layer that cannot be used.
    """
    scans = [volume_of_layer(layer) for layer in (target, guide) if layer is not None]
    done = enhance(*scans, spacing=spacing)
    return layer_of(done.volume, f"{target.name} enhanced")


def volume_of_layer(layer: napari.layers.Image) -> Volume:
    """Return an image layer as a volume, in its place in the world.

    Args:
        layer: Of three dimensions.

    Returns:
        The volume; its place follows scale, rotation, shear, translation and affine of the layer.

    Raises:
        CrossresError: Another number of dimensions.
    """
    data = np.asarray(layer.data, dtype=np.float32)
    if data.ndim != 3:
        raise SettingsError(f"layer {layer.name!r} has {data.ndim} dimensions; 3 are required")
    origin, *units = (np.array(layer.data_to_world(index)) for index in [np.zeros(3), *np.eye(3)])
    affine = np.eye(4)
    affine[:3] = np.column_stack([*(unit - origin for unit in units), origin])
    return Volume(data, Grid(data.shape, affine))
