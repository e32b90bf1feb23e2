"""Versions of the software that made a result; importing this loads no heavy package."""

from __future__ import annotations

import platform
from importlib import metadata

_VERSIONED = ("crossres", "torch", "numpy", "SimpleITK", "nibabel")


def versions() -> dict[str, str]:
    """Return the versions of crossres, Python and the libraries, without importing any of them.

    Returns:
        Versions by name, and the platform.
    """
    installed = {name: metadata.version(name) for name in _VERSIONED}
    return {**installed, "python": platform.python_version(), "platform": platform.platform()}
