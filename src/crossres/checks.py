"""Checks of settings, and of the packages that some uses need: each error names the remedy."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from importlib.util import find_spec
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

from crossres.types import MissingPackageError, SettingsError

Extra: TypeAlias = Literal[
    "bids", "dask", "dicom", "monai", "napari", "nipype", "notebook", "report", "torchio", "view"
]
"""An extra, as in ``pip install 'crossres[dicom]'``."""
PACKAGES: dict[Extra, tuple[str, ...]] = {
    "bids": ("ancpbids",),
    "dask": ("distributed", "cryptography"),
    "dicom": ("pydicom", "imagecodecs"),
    "monai": ("monai",),
    "napari": ("napari",),
    "nipype": ("nipype",),
    "notebook": ("ipyniivue",),
    "report": ("matplotlib",),
    "torchio": ("torchio",),
    "view": ("starlette", "uvicorn"),
}
"""The packages of each extra, by the names under which they are imported."""


def check_whole(name: str, value: Any, *, least: int = 1, most: int | None = None) -> None:
    """Refuse anything but a whole number within a range.

    Args:
        name: The field.
        value: Its value.
        least: The smallest value allowed.
        most: The largest value allowed, or None.

    Raises:
        SettingsError: Another value.

    Example:
        >>> check_whole("steps", 3000)
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        end = "" if most is None else f" and at most {most}"
        raise SettingsError(
            f"`{name}` must be a whole number of at least {least}{end}, got {value!r}"
        )


def check_number(
    name: str,
    value: Any,
    low: float = 0.0,
    high: float = math.inf,
    *,
    above: bool = False,
    below: bool = False,
) -> None:
    """Refuse anything but a finite number within a range.

    Args:
        name: The field.
        value: Its value.
        low: The lower end.
        high: The upper end.
        above: Whether the lower end itself is outside.
        below: Whether the upper end itself is outside.

    Raises:
        SettingsError: Another value.

    Example:
        >>> check_number("averaging", 0.995, 0, 1, below=True)
    """
    excluded = [end for end, is_open in ((low, above), (high, below)) if is_open]
    if _is_finite(value) and low <= value <= high and value not in excluded:
        return
    least = f"above {low:g}" if above else f"at least {low:g}"
    most = "" if high == math.inf else f" and {'below' if below else 'at most'} {high:g}"
    raise SettingsError(f"`{name}` must be a number {least}{most}, got {value!r}")


def _is_finite(value: Any) -> bool:
    """Return whether a value is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def check_choice(name: str, value: Any, choices: Collection[Any]) -> None:
    """Refuse anything but one of some values.

    Args:
        name: The field.
        value: Its value.
        choices: The values allowed.

    Raises:
        SettingsError: Another value.

    Example:
        >>> check_choice("axes", 2, (1, 2))
    """
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in choices:
        allowed = ", ".join(str(choice) for choice in choices)
        raise SettingsError(f"`{name}` must be one of {allowed}, got {value!r}")


def check_type(name: str, value: Any, kind: type[Any]) -> None:
    """Refuse anything but an object of a class.

    Args:
        name: The field.
        value: Its value.
        kind: The class.

    Raises:
        SettingsError: An object of another class.

    Example:
        >>> check_type("flip", True, bool)
    """
    if not isinstance(value, kind):
        raise SettingsError(f"`{name}` must be of type {kind.__name__}, got {value!r}")


def require(extra: Extra, use: str) -> None:
    """Check that the packages of an extra are installed, without loading them.

    Args:
        extra: The extra.
        use: What needs them, for the error.

    Raises:
        MissingPackageError: A package is not installed.

    Example:
        >>> require("dicom", "reading DICOM files")
    """
    if any(find_spec(package) is None for package in PACKAGES[extra]):
        raise MissingPackageError(
            f"{use} needs the extra {extra!r}: pip install 'crossres[{extra}]'"
        )


def requiring(
    load: Callable[[str], Any], names: Collection[str], extra: Extra, use: str
) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module, of which some names need an extra.

    Args:
        load: Loads a name.
        names: The names that need the extra.
        extra: The extra.
        use: What needs it, for the error.

    Returns:
        A function that loads a name where it can.
    """

    def checked(name: str) -> Any:
        if name in names:
            require(extra, use)
        return load(name)

    return checked
