"""Measure the intensity of air in a scan, which the method takes to be 0, and find padding.

Scanners store air as about 0. Other programs shift it (z-scores, offsets, CT numbers) or fill what
was not scanned with a value far below the head (-1024, -32768).
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from crossres.types import Array3, VolumeError
from crossres.volume.background import Background
from crossres.volume.foreground import EMPTY_BACKGROUND
from crossres.volume.volume import Pair

Values: TypeAlias = Float[np.ndarray, " n"]
"""Intensities of some voxels."""
NEAR_ZERO = 0.05
"""Share of the intensity range within which air counts as 0: the noise of a magnitude image."""
LARGEST_RANGE = 1e18
"""Largest range of intensities: the squares of larger ones overflow float32."""

_UNIFORM = 0.1
"""Share of the range within which the edges of a volume show one thing: air with its noise."""
_ISOLATED = 0.1
"""Least gap between padding and all else, as a share of the range."""
_CONSTANT = 0.5
"""Share of the edges from which one exact value is air, not a frequent value of noise."""
_FAR = 5.0
"""Gap in ranges from which any value is padding: no tissue is so uniform."""
_OWN_AIR = 0.05
"""Least share of the edges that shows air beside padding."""
_BELOW = 0.05
"""Least share of voxels darker than a masked background."""
_EMPTY = 0.01
"""Share of other voxels below which a constant image shows no head."""
_PADDED = -1000.0
"""Values of padding in use are this or less (-1000, -1024, -2000, -2048, -3024, -32768)."""
_EXACT = 1e-3
"""Share of the range below which a difference does not matter."""
_NOISE = 5e-3
"""Largest share of the range by which the darkest voxel of noise lies above air."""
_FINE = 100.0
"""Range from which whole numbers are fine steps."""
_DARK_PERCENT, _BRIGHT_PERCENT = 0.1, 99.9


def without_background(pair: Pair) -> tuple[Pair, Background]:
    """Return a pair in which air is 0 in target and guide.

    Args:
        pair: Target, fine grid and guide.

    Returns:
        The pair, and the background of its target.

    Raises:
        VolumeError: An image with NaN or infinite voxels, or a background brighter than the head.

    Example:
        >>> from crossres.phantom import make_pair
        >>> t1, t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)
        >>> shifted = t2.with_data(t2.data - 1024)
        >>> without_background(Pair(shifted, t2.grid, t1))[1].air
        -1024.0
    """
    found, guide = background_of(pair.target.data), pair.guide
    if guide is not None:
        guide = background_of(guide.data).removed(guide)
    return Pair(found.removed(pair.target), pair.fine, guide), found


def background_of(data: Array3) -> Background:
    """Measure the intensity of air, and find a value of padding.

    The twelve edges of the volume show air even where the head reaches its faces. An exact value on
    them is padding where a gap parts it from all other values, and else air. Air with noise is as
    dark as the darkest voxels. Air within 5 % of the range from 0 counts as 0.

    Args:
        data: Intensities, ``(i, j, k)``, any range.

    Returns:
        The background; ``Background()`` for an ordinary scan.

    Raises:
        VolumeError: NaN or infinite voxels, a background brighter than the head, or a range of more
            than 1e18.

    Example:
        >>> head = np.pad(np.linspace(50, 500, 64).reshape(4, 4, 4), 3)
        >>> background_of((head - 1024).astype(np.float32)).air
        -1024.0
        >>> background_of(head.astype(np.float32)) == Background()
        True
    """
    lowest, highest = float(data.min()), float(data.max())
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise VolumeError("the image has NaN or infinite voxels; replace them, such as by 0")
    edges = _edges(data)
    value, share = _most_frequent(edges)
    if lowest == highest or lowest == value == 0:
        _check_range(highest - lowest)
        return Background()
    for padding in _candidates(data, edges, value if share >= EMPTY_BACKGROUND else None):
        levels = _levels(data[data != padding])
        if _is_padding(padding, levels, edges) or (padding == value and _is_mask(padding, levels)):
            _check_range(levels.range)
            return Background(_dark(levels), padding)
    return _air(_levels(data.ravel()), edges, value if share >= _CONSTANT else None)


def _candidates(data: Array3, edges: Values, frequent: float | None) -> list[float]:
    """Return the values that may be padding: the lowest, and the frequent one on the edges."""
    lowest = float(data.min())
    count, outside = int((data == lowest).sum()), bool((edges == lowest).any())
    repeated = count > 1 and (outside or count >= data.size * _DARK_PERCENT / 100)
    found = [lowest if lowest < 0 and repeated else None, frequent]
    return [value for value in dict.fromkeys(found) if value is not None]


class _Levels(NamedTuple):
    """Values in a volume: all of them, the darkest, and how far the brightest lie above."""

    values: Values
    low: float
    range: float

    def share_below(self, limit: float) -> float:
        return float((self.values < limit).mean())


def _levels(values: Values) -> _Levels:
    """Return robust levels; the least value is the darkest unless it is an outlier."""
    low, high = (
        float(np.percentile(values, percent, method="lower"))
        for percent in (_DARK_PERCENT, _BRIGHT_PERCENT)
    )
    lowest, span = float(values.min()), high - low
    low = lowest if low - lowest <= NEAR_ZERO * span else low
    return _Levels(values, _rounded(low, span), span)


def _rounded(low: float, span: float) -> float:
    """Return the offset a little below the darkest voxel of noise: a round or a whole number."""
    if span < _FINE:
        return low
    for step, above in ((100, _NOISE), (1024, _NOISE), (1, _EXACT)):
        nearest = step * round(low / step)
        if -_EXACT * span <= low - nearest <= above * span:
            return float(nearest)
    return low


def _check_range(found: float) -> None:
    if found > LARGEST_RANGE:
        raise VolumeError(
            f"the intensities of the image span {found:.2g}, at most {LARGEST_RANGE:g} is "
            "possible; scale them, or replace values that mark missing voxels by 0"
        )


def _edges(data: Array3) -> Values:
    """Return the voxels on the twelve edges of a volume."""
    ends = (0, -1)
    lines = [
        line for a in ends for b in ends for line in (data[a, b, :], data[a, :, b], data[:, a, b])
    ]
    return np.concatenate(lines)


def _most_frequent(values: Values) -> tuple[float, float]:
    """Return the most frequent value, and its share."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()]), float(counts.max() / counts.sum())


def _is_padding(value: float, levels: _Levels, edges: Values) -> bool:
    """Return whether a gap parts a negative value from a scan that is whole without it."""
    gap = levels.low - value
    if value >= 0 or gap <= _ISOLATED * levels.range:
        return False
    others = edges[edges != value]
    shows_air = others.size >= _OWN_AIR * edges.size and (
        float(np.median(others)) <= levels.low + _UNIFORM * levels.range
    )
    at_zero = 0 <= levels.low <= NEAR_ZERO * levels.range
    positive = value.is_integer() and float(levels.values.min()) >= 0
    usual = positive and (at_zero or value <= _PADDED)
    return gap > _FAR * levels.range or shows_air or usual


def _is_mask(value: float, levels: _Levels) -> bool:
    """Return whether a background lies among the intensities of the head."""
    margin = NEAR_ZERO * levels.range
    below, brighter = levels.share_below(value - margin), levels.low + levels.range > value + margin
    return below >= _BELOW and brighter


def _dark(levels: _Levels) -> float:
    """Return the intensity of air in a scan without its padding."""
    return levels.low if levels.low < -NEAR_ZERO * levels.range else 0.0


def _is_bright(constant: float, levels: _Levels) -> bool:
    """Return whether an edge value is brighter than nearly all else; refuse one far above it."""
    others = levels.values[levels.values != constant]
    low, high = float(others.min()), float(others.max())
    if constant - high > 2 * (high - low):
        raise _too_bright(constant)
    return float((others < constant).mean()) > 1 - _BELOW


def _check_dark_noise(edges: Values, levels: _Levels) -> None:
    """Refuse uniform edges, such as air with noise, that are brighter than nearly all else."""
    margin = _UNIFORM * levels.range
    low, median, high = (float(q) for q in np.percentile(edges, (5, 50, 95)))
    darker = levels.share_below(low - margin)
    brighter = 1 - levels.share_below(high + margin)
    if high - low <= 2 * margin and darker > _BELOW and brighter < _BELOW * darker:
        raise _too_bright(median)


def _too_bright(value: float) -> VolumeError:
    return VolumeError(
        f"the background of the image ({value:g}) is brighter than the head; replace it by "
        "0, or invert the intensities"
    )


def _air(levels: _Levels, edges: Values, constant: float | None) -> Background:
    """Return the background of a scan without padding; ``constant`` fills its edges."""
    _check_range(levels.range)
    margin, near = _UNIFORM * levels.range, NEAR_ZERO * levels.range
    lower, median, upper = (float(q) for q in np.percentile(edges, (25, 50, 75)))
    if constant is not None:
        shown = float((levels.values != constant).mean()) >= _EMPTY
        if not shown or _is_bright(constant, levels):
            return Background()
        at_zero = -_EXACT * levels.range <= constant <= near
        return Background() if at_zero else Background(constant)
    _check_dark_noise(edges, levels)
    at_zero = abs(median) <= near and upper - lower <= margin
    if abs(levels.low) <= near or at_zero:
        return Background()
    uniform = upper - levels.low <= margin
    if levels.low > 0 and not uniform:
        return Background()
    return Background(levels.low, measured=uniform)
