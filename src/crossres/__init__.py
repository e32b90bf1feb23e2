"""Enhance a low-resolution MRI contrast with a high-resolution one of the same subject.

Names are loaded when first used, so that ``import crossres`` costs next to nothing; the file
``__init__.pyi`` lists them for editors and type checkers.
"""

from typing import Any

import lazy_loader

_load, _, _names = lazy_loader.attach_stub(__name__, __file__)
__all__ = sorted({*_names, "__version__"})


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first used."""
    if name == "__version__":
        from importlib import metadata

        return metadata.version("crossres")
    if name not in __all__:
        raise AttributeError(f"module 'crossres' has no attribute {name!r}")
    return _load(name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
