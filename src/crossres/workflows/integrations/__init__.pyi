"""crossres inside TorchIO, MONAI, nipype and napari; each needs the extra of its name."""

from .monai_transform import SuperResolutiond
from .nipype_interface import EnhanceInterface
from .torchio_transform import SuperResolution

__all__ = [
    "EnhanceInterface",
    "SuperResolution",
    "SuperResolutiond",
]
