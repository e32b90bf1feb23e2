"""The device on which networks run."""

from __future__ import annotations

from dataclasses import replace

import torch

from crossres.inference.settings import DEVICE, EnhanceSettings
from crossres.types import SettingsError


def compute_device(name: str) -> str:
    """Return a device as torch names it; ``"auto"`` is CUDA where there is any.

    Args:
        name: "auto", "cpu", "cuda", or "cuda:0" and so on for one of several.

    Returns:
        "cpu", "cuda", or one such as "cuda:0".

    Raises:
        SettingsError: No device has that name, or CUDA is requested and absent.

    Example:
        >>> compute_device("cpu")
        'cpu'
    """
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return "cuda" if found else "cpu"
    if not DEVICE.fullmatch(name):
        raise SettingsError(
            f"no device is named {name!r}; choose auto, cpu, cuda or such as cuda:0"
        )
    if name.startswith("cuda") and int(name.partition(":")[2] or 0) >= found:
        missing = "CUDA device" if name == "cuda" else name
        raise SettingsError(f"no {missing} was found; set `device` to cpu")
    return name


def on_device(settings: EnhanceSettings) -> EnhanceSettings:
    """Return settings with the device that is really used.

    Args:
        settings: Their device may be "auto".

    Returns:
        A copy whose device is "cpu", "cuda" or one such as "cuda:0".

    Raises:
        SettingsError: CUDA is requested and absent.

    Example:
        >>> on_device(EnhanceSettings(device="cpu")).device
        'cpu'
    """
    return replace(settings, device=compute_device(settings.device))
