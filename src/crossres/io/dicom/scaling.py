"""Scaling of stored numbers to values, slice by slice, and the checks that slices agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Float64
from numpy.typing import NDArray

from crossres.io.dicom.frames import Frame
from crossres.types import VolumeError

_NAMES = {"slope": "Rescale Slope", "intercept": "Rescale Intercept"}


def check_slices_agree(frames: Sequence[Frame]) -> None:
    """Check that all slices store numbers in the same bits and state a usable scale.

    Args:
        frames: The slices in their order.

    Raises:
        VolumeError: A slice whose bits or scale contradict those of the others; it is named.
    """
    _check_bits(frames)
    for field, name in _NAMES.items():
        scales = [getattr(frame, field) for frame in frames]
        odd = _odd_one([scale is None for scale in scales])
        if odd is not None:
            lacks = "no" if scales[odd] is None else "a"
            raise VolumeError(
                f"has {lacks} {name} in {_slice(odd, frames)}, unlike the other slices; get a new "
                "export of it"
            )
        _check_numbers(name, scales)


def _check_bits(frames: Sequence[Frame]) -> None:
    """Check that all slices store numbers in the same bits."""
    odd = _odd_one([frame.bits for frame in frames])
    if odd is None:
        return
    raise VolumeError(
        f"has {_stored(frames[odd])} in {_slice(odd, frames)}, unlike the other slices; get a new "
        "export of it"
    )


def _stored(frame: Frame) -> str:
    """Return how a slice stores its numbers."""
    if frame.bits is None:
        return "floating-point pixels"
    sign = "signed" if frame.bits.signed else "unsigned"
    return f"{frame.bits.stored} {sign} bits, the highest bit {frame.bits.high}"


def _odd_one(found: Sequence[object]) -> int | None:
    """Return the index of the first that is not as most are, or None."""
    [(usual, count), *_] = Counter(found).most_common(1)
    return None if count == len(found) else next(n for n, one in enumerate(found) if one != usual)


def _check_numbers(name: str, scales: Sequence[float | None]) -> None:
    """Check that the scale of each slice is finite, and all factors are of one sign."""
    for n, scale in enumerate(scales):
        if scale is not None and (not np.isfinite(scale) or (scale == 0 and "Slope" in name)):
            raise VolumeError(
                f"has a {name} of {scale:g} in {_slice(n, scales)}; get a new export of it"
            )
    odd = _odd_one([scale is not None and scale < 0 for scale in scales])
    if odd is not None and "Slope" in name:
        raise VolumeError(
            f"has a {name} of {scales[odd]:g} in {_slice(odd, scales)}, of the opposite sign in "
            "others; get a new export of it"
        )


def _slice(number: int, slices: Sequence[object]) -> str:
    """Return the name of a slice."""
    return f"slice {number + 1} of {len(slices)}"


def scaled(image: NDArray[Any], frame: Frame) -> Float64[np.ndarray, "rows columns"]:
    """Return the values of a slice.

    Args:
        image: Its stored numbers, (rows, columns).
        frame: Its header.

    Returns:
        The values.
    """
    slope = 1.0 if frame.slope is None else frame.slope
    return image.astype(np.float64) * slope + (frame.intercept or 0.0)


def usual_padding(frames: Sequence[Frame]) -> tuple[float, float] | None:
    """Return the padding of the slices that state one, for those that state none.

    Args:
        frames: The slices.

    Returns:
        Its lowest and highest stored number; None if slices differ in it, or none has any.
    """
    stated = {frame.padding for frame in frames} - {None}
    return stated.pop() if len(stated) == 1 else None


def fill_padding(data: Float32[np.ndarray, "i j k"], padded: Bool[np.ndarray, "i j k"]) -> int:
    """Turn padding into background: the lowest value of the image itself.

    Padding is often far below the image (-2000, -32768), and would be taken for signal. Padding of
    0 is left as it is.

    Args:
        data: The image; changed in place.
        padded: Which voxels are padding.

    Returns:
        The number of voxels that were changed.
    """
    changed = padded & (data != 0)
    inside = data[~padded]
    if not changed.any() or not inside.size:
        return 0
    data[changed] = inside.min()
    return int(np.count_nonzero(changed))
