"""Sharpen a low-resolution MRI contrast with a high-resolution one of the same subject.

Names are loaded when first used, so that ``import crossres`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "Acquisition": "physics",
    "BackProjection": "physics",
    "Blend": "blending",
    "Cascade": "cascade",
    "External": "regimes",
    "Grid": "volume",
    "GuidedRDN": "networks",
    "Learning": "regimes",
    "Pair": "volume",
    "Result": "inference",
    "Supervised": "regimes",
    "TrainingSettings": "training",
    "Volume": "volume",
    "consistency": "physics",
    "load_weights": "weights",
    "make_pair": "phantom",
    "project": "physics",
    "read": "io",
    "register_rigid": "registration",
    "resample": "registration",
    "super_resolve": "inference",
    "write": "io",
}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first used."""
    if name == "__version__":
        from importlib import metadata

        return metadata.version("crossres")
    if name not in _HOME:
        raise AttributeError(f"module 'crossres' has no attribute {name!r}")
    return getattr(import_module(f"crossres.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
