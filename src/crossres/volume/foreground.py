"""Where the object is in an image, and how bright it is: every rule for it in one place.

Head, brain and air are distinguished by intensity alone. The rules differ because their uses do: a
registration must work for every scanner, a picture has one slice only, and a score must not depend
on the estimate. They give different numbers and are therefore not merged. All take air to be about
0, which :mod:`crossres.volume.air` measures and provides.

=========================== ================================================ =====================
rule                        definition                                       use
=========================== ================================================ =====================
:func:`intensity_scale`     99th percentile of the positive voxels above a   input intensities of
                            tenth of their 99.9th percentile                 the networks
:func:`foreground_mask`     not exactly 0 where at least a fifth of the      scores; slices of the
                            voxels is, else above Otsu's threshold; largest  report
                            piece, holes filled
:func:`brain_or_head_mask`  above 0 where at least half of the voxels are    scores of the
                            exactly 0, else :func:`foreground_mask`          reproduction
:func:`above_air`           above a tenth of the way from the minimum to     registration
                            the 98th percentile of what is above it
:func:`above_tenth`         above a tenth of a given intensity               histograms; check for
                                                                             equal contrasts
:func:`slice_mask`          above a tenth of the 99th percentile of one      crop of pictures
                            slice; specks removed, holes filled
:data:`CROPPING_LEVEL`      above 0.1 of the intensity scale                 crop of slices
:data:`OBJECT_LEVEL`        above 0.05 of the intensity scale                self-validation;
                                                                             training patches
=========================== ================================================ =====================
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from crossres.types import (
    Array3,
    Mask3,
    RegistrationError,
    Triple,
    VolumeError,
)

CROPPING_LEVEL = 0.1
"""Share of the intensity scale above which a pixel keeps its row and column; air, with its noise,
lies below."""
OBJECT_LEVEL = 0.05
"""Share of the intensity scale above which a pixel belongs to the object; lower than for cropping,
so that dark tissue counts."""
EMPTY_BACKGROUND = 0.2
"""Share of exact zeros from which they are the background: no scanner returns that many."""
SKULL_STRIPPED = 0.5
"""Share of exact zeros from which an image shows a brain without its skull."""

_TENTH = 0.1
_BRIGHT_PERCENT = 98.0
_HOT = 10.0
_OTSU_REACH = 3.0


def intensity_scale(data: Float[np.ndarray, "..."]) -> float:
    """Return the intensity that counts as 1: a robust maximum of the foreground.

    It is the 99th percentile of the voxels above a tenth of the 99.9th percentile. Neither the size
    of the background nor a few very bright voxels change it much: voxels of more than ten times the
    98th percentile are left out, so that up to a fiftieth of the voxels may be hot.

    Args:
        data: Intensities of any shape and range.

    Returns:
        The scale, above 0, in the units of the data.

    Raises:
        VolumeError: Nothing is above 0.

    Example:
        >>> float(round(intensity_scale(np.linspace(0.0, 100.0, 1001)), 3))
        99.1
    """
    positive = data[data > 0]
    if positive.size == 0:
        raise VolumeError("the image has no intensity above 0; give magnitude images")
    positive = positive[positive <= _HOT * float(np.percentile(positive, _BRIGHT_PERCENT))]
    bright = positive[above_tenth(positive, np.percentile(positive, 99.9))]
    return float(np.percentile(bright, 99))


def above_tenth(
    data: Float[np.ndarray, "*shape"], reference: float | np.floating
) -> Bool[np.ndarray, "*shape"]:
    """Mark what is brighter than a tenth of a reference intensity.

    Args:
        data: Intensities of any shape.
        reference: Intensity of bright tissue, in the same units.

    Returns:
        A mask of the same shape.

    Example:
        >>> above_tenth(np.array([0.0, 9.0, 11.0]), 100.0).tolist()
        [False, False, True]
    """
    mask: Bool[np.ndarray, "*shape"] = data > _TENTH * reference
    return mask


def has_empty_background(
    data: Float[np.ndarray, "..."], *, share: float = EMPTY_BACKGROUND
) -> bool:
    """Return whether so many values are exactly 0 that the zeros are the background.

    Args:
        data: Intensities of any shape.
        share: Least share of zeros, 0-1.

    Returns:
        True for an image that was masked, such as a brain without its skull.

    Example:
        >>> has_empty_background(np.array([0.0, 1.0, 2.0, 3.0]))
        True
    """
    return bool(np.mean(data == 0) >= share)


def foreground_mask(reference: Array3) -> Mask3:
    """Mark the head, not the air around it, without knowledge of anatomy.

    If at least a fifth of the voxels are exactly 0, all others are foreground; if not, those above
    Otsu's threshold are. The largest connected piece is kept, its holes filled. It is the *brain*
    only if the image was skull-stripped; otherwise it is the head, not "in-brain".

    Args:
        reference: Intensities, ``(i, j, k)``, any range.

    Returns:
        A mask of the same shape.

    Raises:
        VolumeError: An image of a single value.

    References:
        Otsu 1979, doi 10.1109/TSMC.1979.4310076.

    Example:
        >>> image = np.pad(np.full((4, 4, 4), 7.0), 3)
        >>> int(foreground_mask(image).sum())
        64
    """
    if float(np.ptp(reference)) == 0:
        raise VolumeError("the image has a single value, so no foreground; check the file")
    inside = reference != 0 if has_empty_background(reference) else reference > _otsu(reference)
    pieces, count = ndimage.label(inside)
    if count > 1:
        inside = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    filled: Mask3 = ndimage.binary_fill_holes(inside)
    return filled


def _otsu(values: Array3) -> float:
    """Return the threshold that parts the histogram with the largest between-class variance.

    Values far outside the range of 96 % of the voxels do not stretch the histogram.
    """
    low, high = np.percentile(values, (100 - _BRIGHT_PERCENT, _BRIGHT_PERCENT))
    reach = _OTSU_REACH * (high - low)
    if reach > 0:
        values = np.clip(values, low - reach, high + reach)
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * centres)
    difference = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    return float(edges[1 + np.argmax(below * above * difference**2)])


def brain_or_head_mask(reference: Array3) -> Mask3:
    """Mark the brain of a skull-stripped image, else the head.

    If at least half of the voxels are exactly 0 the image is taken to be skull-stripped, and all
    above 0 is brain: holes stay, and pieces that the stripping cut off count.

    Args:
        reference: Intensities, ``(i, j, k)``, any range.

    Returns:
        A mask of the same shape.

    Raises:
        VolumeError: An image of a single value that is not 0.

    Example:
        >>> int(brain_or_head_mask(np.pad(np.full((4, 4, 4), 7.0), 3)).sum())
        64
    """
    if has_empty_background(reference, share=SKULL_STRIPPED):
        return np.asarray(reference > 0)
    return foreground_mask(reference)


def foreground_threshold(data: Array3) -> float:
    """Return the intensity above which a voxel is head rather than air.

    It lies a tenth of the way from the minimum to the 98th percentile of all voxels above the
    minimum (so that the exact zeros around a skull-stripped brain do not count).

    Args:
        data: Intensities, ``(i, j, k)``.

    Returns:
        The threshold, in the units of the data.

    Raises:
        RegistrationError: An image without contrast (constant, or not finite).

    References:
        Smith 2002, Fast robust automated brain extraction, doi:10.1002/hbm.10062, for the 10 % of
        the robust range; its lower end is the minimum here, because in a skull-stripped image the
        2nd percentile is tissue already.

    Example:
        >>> round(foreground_threshold(np.linspace(0, 100, 1000).reshape(10, 10, 10)), 1)
        9.8
    """
    above = data[data > data.min()]
    if above.size == 0 or not np.isfinite(data).all():
        raise RegistrationError(
            "an image is constant or not finite, so there is nothing to register; "
            "check that both files show a head"
        )
    low, high = float(data.min()), float(np.percentile(above, _BRIGHT_PERCENT))
    return low + _TENTH * (high - low)


def above_air(data: Array3) -> Mask3:
    """Mark the voxels above :func:`foreground_threshold`, holes and specks included.

    Args:
        data: Intensities, ``(i, j, k)``.

    Returns:
        A mask of the same shape.

    Raises:
        RegistrationError: An image without contrast (constant, or not finite).

    Example:
        >>> int(above_air(np.pad(np.full((4, 4, 4), 7.0), 3)).sum())
        64
    """
    mask: Mask3 = data > foreground_threshold(data)
    return mask


def slice_mask(data: Float[np.ndarray, "row column"]) -> Bool[np.ndarray, "row column"]:
    """Mark the head in one slice.

    The 99th percentile is that of the slice, air included: a slice through the vertex has its own
    scale. Single bright pixels are removed and holes are filled.

    Args:
        data: Intensities, ``(row, column)``.

    Returns:
        A mask of the same shape; empty where nothing is brighter than the rest.

    Example:
        >>> int(slice_mask(np.pad(np.full((6, 6), 7.0), 3)).sum())
        32
    """
    bright = data > max(_TENTH * np.percentile(data, 99), data.min())
    return np.asarray(ndimage.binary_fill_holes(ndimage.binary_opening(bright)))


def eroded(mask: Mask3, spacing: Triple, distance: float) -> Mask3:
    """Remove the outer rim of a mask.

    Args:
        mask: ``(i, j, k)``.
        spacing: Distance between neighbouring voxels along i, j, k, mm; a very large one leaves an
            axis out of account.
        distance: Width of the rim, mm.

    Returns:
        The voxels further than ``distance`` from the nearest voxel outside the mask.

    Example:
        >>> cube = np.pad(np.ones((5, 5, 5), dtype=bool), 1)
        >>> int(eroded(cube, (1.0, 1.0, 1.0), 1.5).sum())
        27
    """
    inside: Mask3 = ndimage.distance_transform_edt(mask, sampling=spacing) > distance
    return inside
