"""Numbers as text, for people. Number and unit are joined by a no-break space."""

from __future__ import annotations

import re

_UNIT = re.compile(r"(?<=\d) (?=(?:%|mm|dB|s|voxels?|degrees)(?!\w))")


def percent(share: float) -> str:
    r"""Format a share in percent; values near 0 or 100 % are not rounded to them.

    Args:
        share: 0 to 1.

    Returns:
        Such as ``"7.4 %"`` or ``"less than 0.01 %"``.

    Example:
        >>> percent(0.074) == "7.4\u00a0%"
        True
    """
    value = 100 * share
    if 0 < value < 0.01:
        return "less than 0.01\u00a0%"
    if 99.99 < value < 100:
        return "more than 99.99\u00a0%"
    return f"{value:.2f}\u00a0%" if value < 1 or value > 99 else f"{value:.1f}\u00a0%"


def quantity(value: float, unit: str) -> str:
    r"""Format a number with its unit.

    Args:
        value: The number.
        unit: "1" for a share, which is formatted in percent, or any other unit.

    Returns:
        Such as ``"7.4 %"`` or ``"0.12 mm"``.

    Example:
        >>> quantity(-0.5, "dB") == "-0.50\u00a0dB"
        True
    """
    return percent(value) if unit == "1" else f"{value:.2f}\u00a0{unit}"


def unbroken(text: str) -> str:
    r"""Join the numbers of a text and their units, so that no line ends between them.

    Args:
        text: Any text.

    Returns:
        The text with no-break spaces.

    Example:
        >>> unbroken("1 x 2.5 mm wide") == "1 x 2.5\u00a0mm wide"
        True
    """
    return _UNIT.sub("\u00a0", text)
