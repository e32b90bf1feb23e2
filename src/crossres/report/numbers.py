"""Numbers as text, for people."""

from __future__ import annotations


def percent(share: float) -> str:
    """Format a share in percent; values near 0 or 100 % are not rounded to them.

    Args:
        share: 0 to 1.

    Returns:
        Such as ``"7.4 %"`` or ``"less than 0.01 %"``.
    """
    value = 100 * share
    if 0 < value < 0.01:
        return "less than 0.01 %"
    if 99.99 < value < 100:
        return "more than 99.99 %"
    return f"{value:.2f} %" if value < 1 or value > 99 else f"{value:.1f} %"


def quantity(value: float, unit: str) -> str:
    """Format a number with its unit.

    Args:
        value: The number.
        unit: "1" for a share, which is formatted in percent, or any other unit.

    Returns:
        Such as ``"7.4 %"`` or ``"0.12 mm"``.

    Example:
        >>> quantity(0.074, "1"), quantity(-0.5, "dB")
        ('7.4 %', '-0.50 dB')
    """
    return percent(value) if unit == "1" else f"{value:.2f} {unit}"
