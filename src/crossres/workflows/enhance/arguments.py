"""The arguments of :func:`crossres.enhance`: images, weights and settings in any accepted form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from crossres.inference import Candidate, EnhanceSettings
from crossres.io import Input, find_input
from crossres.types import CrossresError, SettingsError, Trust, VolumeError
from crossres.volume import Grid, Volume


@runtime_checkable
class SpatialImage(Protocol):
    """An image of nibabel."""

    @property
    def dataobj(self) -> Any:
        """The data, or a proxy of it."""

    @property
    def affine(self) -> Any:
        """4 x 4 matrix from voxel indices to RAS+ mm."""

    @property
    def header(self) -> Any:
        """The header."""


Image: TypeAlias = str | Path | Volume | SpatialImage | tuple[ArrayLike, ArrayLike]
"""A path, a volume, an image of nibabel, or data (i, j, k) with a 4 x 4 affine to RAS+ mm."""
Weights: TypeAlias = str | Path | Candidate | Sequence[str | Path | Candidate]
"""A name of shipped weights, a file or a candidate; or one for each pass."""
Contrasts: TypeAlias = tuple[str, str | None]
"""Contrast of target and guide, as BIDS writes them."""


def list_images(images: Image | Sequence[Image]) -> list[Image]:
    """Return one image or several as a list.

    Args:
        images: An image, or a list or tuple of images; a tuple of data and affine is one image.

    Returns:
        The images.

    Raises:
        SettingsError: An empty list.
    """
    if isinstance(images, list) or (
        isinstance(images, tuple)
        and all(isinstance(one, str | Path | Volume | SpatialImage | tuple) for one in images)
    ):
        if not images:
            raise SettingsError("`target` is an empty list; give at least one scan")
        return list(images)
    return [images]  # type: ignore[list-item]


def read_image(
    image: Image, trust: Trust | None = None, *, stated_slices: bool = True
) -> tuple[Volume, list[str], Input | None]:
    """Return an image in any accepted form as a volume.

    Args:
        image: A path, a volume, an image of nibabel, or data with an affine.
        trust: Which of sform and qform of a NIfTI file is used where they differ.
        stated_slices: As :meth:`crossres.io.Input.load` takes it.

    Returns:
        The volume, warnings about it, and the file that it came from, if any.

    Raises:
        CrossresError: An image that cannot be used, such as one with NaN voxels.
    """
    if isinstance(image, str | Path):
        found = find_input(image, parameter=None)
        return *found.load(trust=trust, stated_slices=stated_slices), found
    volume = image if isinstance(image, Volume) else _converted(image)
    if not np.isfinite(volume.data).all():
        raise VolumeError(
            "the image has voxels that are NaN, infinite or beyond float32; replace them"
        )
    return volume, [], None


def _converted(image: Any) -> Volume:
    if isinstance(image, SpatialImage):
        return Volume.from_nibabel(image)
    try:
        data, affine = image
        data = np.asarray(data)
        return Volume(data, Grid(data.shape, np.asarray(affine, dtype=np.float64)))
    except CrossresError:
        raise
    except (TypeError, ValueError) as error:
        raise VolumeError(
            f"cannot use a {type(image).__name__} as an image; give a path, a Volume, an image of "
            "nibabel, or (data, affine)"
        ) from error


def list_weights(weights: Weights) -> list[str | Candidate]:
    """Return one or several weights as a list.

    Args:
        weights: A name, a file or a candidate, or several.

    Returns:
        Names, files and candidates.

    Raises:
        SettingsError: Anything else.
    """
    several = [weights] if isinstance(weights, str | Path | Candidate) else weights
    try:
        return [each if isinstance(each, Candidate) else _name(each) for each in several]
    except TypeError as error:
        raise SettingsError(
            f"`weights` must be names, files or candidates, got {weights!r:.60}; give a cascade as "
            "Candidate(name, cascade)"
        ) from error


def _name(weights: object) -> str:
    if not isinstance(weights, str | Path):
        raise TypeError(type(weights).__name__)
    return str(weights)


def check_settings(settings: Any, contrasts: Any) -> None:
    """Refuse settings and contrasts of another type, where no type checker is used.

    Args:
        settings: Settings of the method.
        contrasts: Contrast of target and guide, or None.

    Raises:
        SettingsError: Not :class:`EnhanceSettings`, or not a pair of contrasts.
    """
    if not isinstance(settings, EnhanceSettings):
        found = type(settings).__name__
        raise SettingsError(f"`settings` must be EnhanceSettings(...), got a {found}")
    if contrasts is not None and (isinstance(contrasts, str) or len(contrasts) != 2):
        raise SettingsError(f"`contrasts` must be a pair such as ('T2w', 'T1w'), got {contrasts!r}")
