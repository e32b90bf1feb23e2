"""What differs between the slices of a stack that should be the same in all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from crossres.io.dicom.frames import Frame

_TRAITS: dict[str, Callable[[Frame], str]] = {
    "frame of reference": lambda frame: frame.reference,
    "modality": lambda frame: frame.modality,
    "study": lambda frame: frame.study,
}
_SCALES = {"slope": "Rescale Slope", "intercept": "Rescale Intercept"}


def differences(frames: Sequence[Frame]) -> list[str]:
    """Return warnings about attributes that differ between slices, or are stated twice.

    Args:
        frames: The slices in their order.

    Returns:
        The ends of sentences about the series.
    """
    return [*_traits(frames), *_scales(frames), *_stated_twice(frames)]


def _traits(frames: Sequence[Frame]) -> list[str]:
    names = [name for name, trait in _TRAITS.items() if len(set(map(trait, frames))) > 1]
    if not names:
        return []
    return [f"has slices that differ in {' and '.join(names)}: do they belong together?"]


def _scales(frames: Sequence[Frame]) -> list[str]:
    """Return a warning about a slice with a scale of its own where most share one."""
    notes = []
    for field, name in _SCALES.items():
        scales = [getattr(frame, field) for frame in frames]
        [(usual, count), *others] = Counter(scales).most_common()
        if others and 2 * count > len(scales):
            odd = next(n for n, scale in enumerate(scales) if scale != usual)
            notes.append(
                f"has a {name} of {scales[odd]:g} in slice {odd + 1} of {len(scales)}, and "
                f"{usual:g} in most others: check the image"
            )
    return notes


def _stated_twice(frames: Sequence[Frame]) -> list[str]:
    names = list(dict.fromkeys(name for frame in frames for name in frame.twice))
    if not names:
        return []
    return [
        f"states {' and '.join(names)} twice, with different values; that of each frame is used, "
        "else that of all frames"
    ]
