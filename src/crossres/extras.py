"""Packages that some uses alone need: each belongs to an extra of the installation."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

from crossres.types import MissingPackageError

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
    missing = [package for package in PACKAGES[extra] if find_spec(package) is None]
    if missing:
        needed = " and ".join(missing)
        raise MissingPackageError(f"{use} needs {needed}: pip install 'crossres[{extra}]'")


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
