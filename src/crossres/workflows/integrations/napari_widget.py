"""A widget of napari: one layer is enhanced, guided by another (manifest ``napari.yaml``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crossres.types import SettingsError
from crossres.volume import Grid, Volume
from crossres.workflows.enhance import enhance

if TYPE_CHECKING:
    import napari.layers
    import napari.types


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
    place = {"name": f"{target.name} enhanced", "affine": done.volume.affine}
    return np.asarray(done.volume), place, "image"


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
