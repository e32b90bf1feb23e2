"""crossres inside TorchIO, MONAI, nipype and napari; each needs the extra of its name."""

from typing import Any

import lazy_loader

from crossres.checks import Extra, require

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
_EXTRAS: dict[str, Extra] = {
    "EnhanceInterface": "nipype",
    "SuperResolution": "torchio",
    "SuperResolutiond": "monai",
}


def __getattr__(name: str) -> Any:
    if name in _EXTRAS:
        require(_EXTRAS[name], f"crossres.workflows.integrations.{name}")
    return _load(name)
