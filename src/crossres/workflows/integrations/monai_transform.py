"""A MONAI dictionary transform: one image is enhanced, guided by another."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import MapTransform
from monai.utils import MetaKeys

from crossres.inference.method import DEFAULTS
from crossres.inference.settings import EnhanceSettings
from crossres.types import SettingsError
from crossres.volume import Volume
from crossres.volume.target_grid import Numbers
from crossres.workflows.enhance.arguments import Contrasts, Weights
from crossres.workflows.integrations.channel_image import tensor_of, volume_of
from crossres.workflows.integrations.enhancement import Enhancement

_OF_GRID = (
    MetaKeys.AFFINE, MetaKeys.ORIGINAL_AFFINE, MetaKeys.PIXDIM, MetaKeys.ORIGINAL_PIXDIM,
    MetaKeys.SPATIAL_SHAPE, "dim",
)  # fmt: skip
"""Metadata of the grid. By ``original_affine`` SaveImaged would resample to the coarse grid."""


class SuperResolutiond(MapTransform):  # type: ignore[misc]
    """Enhance images of a dictionary by :func:`crossres.enhance`.

    Args:
        keys: Keys of the images that are enhanced; each result takes the place of its image.
        guide_key: Key of the image of another contrast, on any grid, or None.
        factor: As :func:`crossres.enhance` takes it.
        spacing: As :func:`crossres.enhance` takes it, instead of the factor.
        weights: As :func:`crossres.enhance` takes them.
        contrasts: Contrast of target and guide as BIDS writes them, such as ("T2w", "T1w").
        settings: The other settings.
        allow_missing_keys: Whether dictionaries may lack an image.

    Raises:
        CrossresError: When it is applied: an image that is no ``MetaTensor``, or cannot be used.

    Example:
        >>> scan = MetaTensor(torch.rand(1, 24, 24, 4), affine=torch.eye(4))
        >>> transform = SuperResolutiond("t2", factor=(2, 2, 1))
        >>> transform({"t2": scan})["t2"].shape  # doctest: +SKIP
        torch.Size([1, 48, 48, 4])
    """

    def __init__(
        self,
        keys: Hashable | tuple[Hashable, ...],
        guide_key: Hashable | None = None,
        *,
        factor: Numbers | None = None,
        spacing: Numbers | None = None,
        weights: Weights = (),
        contrasts: Contrasts | None = None,
        settings: EnhanceSettings = DEFAULTS,
        allow_missing_keys: bool = False,
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.guide_key = guide_key
        self.enhancement = Enhancement(factor, spacing, weights, contrasts, settings)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Enhance the images of a dictionary.

        Args:
            data: With images as ``MetaTensor``, ``(1, i, j, k)``.

        Returns:
            A copy, with the results in the place of the images. They keep the metadata of their
            images, such as the name of the file, except those of the grid.

        Raises:
            CrossresError: An image that is no ``MetaTensor``, or cannot be used.
        """
        found = dict(data)
        guide = None if self.guide_key is None else _volume(found, self.guide_key)
        for key in self.key_iterator(found):
            done = self.enhancement.apply(_volume(found, key), guide)
            found[key] = _image(done, found[key].meta)
        return found


def _volume(data: Mapping[Hashable, Any], key: Hashable) -> Volume:
    image = data.get(key)
    if not isinstance(image, MetaTensor):
        raise SettingsError(
            f"{key!r} must be a MetaTensor, whose affine states the place of its voxels, got "
            f"{type(image).__name__}; load it with LoadImaged and EnsureChannelFirstd"
        )
    return volume_of(image, image.affine, str(key))


def _image(volume: Volume, meta: Mapping[str, Any]) -> MetaTensor:
    """Return a volume with the metadata of an image, except those of the image's grid."""
    kept = {name: value for name, value in meta.items() if name not in _OF_GRID}
    kept[MetaKeys.SPATIAL_SHAPE] = np.array(volume.shape)
    return MetaTensor(tensor_of(volume), affine=torch.from_numpy(volume.affine.copy()), meta=kept)
