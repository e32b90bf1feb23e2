"""What a search sees of two images: no outlying intensities, and a head of human size.

Mutual information divides the range of the intensities into bins: one voxel of 65535 in a head of
0-1000 leaves all tissue in a single bin. And distances in a search, such as the spacing at which it
begins, are those of a human head in mm: a mouse would be smaller than the first step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossres.types import VolumeError
from crossres.volume import Grid, Volume, above_air

HUMAN_MM = (20.0, 130.0)
"""Sizes of a head (:func:`head_size`) that count as human, from a fetal brain to a whole field of
view that is taken for head; between them distances are not scaled."""

_USUAL_MM = 60.0
"""Size of a human head or brain, to which others are scaled."""
_OUTLYING_PERCENT = 0.2
_LEAST_SIGNAL = 0.2
_BRIGHTEST = 3.0
_DARKEST = 2.0


@dataclass(frozen=True, eq=False)
class Normalised:
    """Guide and target for a search.

    Args:
        guide: The guide, in a world that is smaller by ``scale``.
        target: The target, in the same world.
        scale: Size of the target's head over that of a human head; 1 for a human head.
    """

    guide: Volume
    target: Volume
    scale: float


def normalise(guide: Volume, target: Volume) -> Normalised:
    """Return guide and target without outliers, in a world in which the head has human size.

    Args:
        guide: Image that is moved.
        target: Image that stays.

    Returns:
        Both, and the scale of their world.

    Raises:
        RegistrationError: A target without contrast.
        VolumeError: An image with NaN or infinite voxels.
    """
    loose, still = without_outliers(guide), without_outliers(target)
    size = head_size(still)
    scale = 1.0 if HUMAN_MM[0] <= size <= HUMAN_MM[1] else size / _USUAL_MM
    return Normalised(_shrunk(loose, scale), _shrunk(still, scale), scale)


def without_outliers(volume: Volume) -> Volume:
    """Return an image whose intensities are clipped to a robust range.

    The range ends at the 99.8th percentile of the head, but not beyond three times its 90th
    percentile above the lower end, so that up to a tenth of the head may be hot. It begins at the
    0.2nd percentile of all voxels, but not further below the 10th than twice the distance from
    there to the median. The head is what lies above a fifth of the way from the lower end to the
    90th percentile of what is above it.

    Args:
        volume: Any image.

    Returns:
        The image on the same grid; unchanged where nothing is brighter than the rest.

    Raises:
        VolumeError: NaN or infinite voxels.

    Example:
        >>> head = np.pad(np.linspace(100, 900, 512).reshape(8, 8, 8), 4)
        >>> head[8, 8, 8] = 65535
        >>> float(without_outliers(Volume(head, Grid(head.shape, np.eye(4)))).data.max()) < 910
        True
    """
    data = volume.data
    if not np.isfinite(data).all():
        raise VolumeError("the image has NaN or infinite voxels; replace them before registration")
    darkest, tenth, half = _percentiles(data, _OUTLYING_PERCENT, 10, 50)
    low = max(darkest, tenth - _DARKEST * (half - tenth))
    above = data[data > low]
    if above.size == 0:
        return volume
    bright = _percentiles(above, 90)[0]
    head = above[above > low + _LEAST_SIGNAL * (bright - low)]
    bright, brightest = _percentiles(head, 90, 100 - _OUTLYING_PERCENT)
    return volume.with_data(np.clip(data, low, min(brightest, low + _BRIGHTEST * (bright - low))))


def _percentiles(values: np.ndarray, *percents: float) -> list[float]:
    """Return values of the image, so that clipping a second time changes nothing."""
    found: list[float] = np.percentile(values, percents, method="nearest").tolist()
    return found


def head_size(volume: Volume) -> float:
    """Return the root mean square distance of the head's voxels from their centre.

    Unlike a bounding box it hardly depends on single bright voxels in the air. It is about 70 mm
    for an adult's head, 55 mm for the brain, and 5 mm for the brain of a mouse.

    Args:
        volume: Image of a head.

    Returns:
        mm.

    Raises:
        RegistrationError: An image without contrast.
    """
    head = above_air(volume.data)
    variance = 0.0
    for axis, spacing in enumerate(volume.grid.spacing):
        counts = head.sum(axis=tuple(n for n in range(3) if n != axis))
        places = spacing * np.arange(len(counts))
        mean = np.average(places, weights=counts)
        variance += float(np.average((places - mean) ** 2, weights=counts))
    return float(np.sqrt(variance))


def _shrunk(volume: Volume, scale: float) -> Volume:
    """Return the image in a world whose mm are ``scale`` mm of this one."""
    affine = np.diag([1 / scale] * 3 + [1.0]) @ volume.grid.affine
    return volume.with_data(volume.data, Grid(volume.shape, affine))
