"""The device on which networks run."""

from __future__ import annotations

from dataclasses import replace

import torch

from crossres.inference.settings import DEVICE, EnhanceSettings
from crossres.types import SettingsError


def compute_device(name: str) -> str:
    """Return a device as torch names it; ``"auto"`` is CUDA where there is any, else the processor.

    Args:
        name: "auto", "cpu", "cuda", "cuda:0" and so on for one of several, or "mps".

    Returns:
        "cpu", "cuda", one such as "cuda:0", or "mps".

    Raises:
        SettingsError: No device has that name, or it is absent; the message lists those present.

    Example:
        >>> compute_device("cpu")
        'cpu'
    """
    present = present_devices()
    if name == "auto":
        return "cuda" if "cuda" in present else "cpu"
    choices = f"set `device` to auto or one of those present: {', '.join(present)}"
    if not DEVICE.fullmatch(name):
        raise SettingsError(f"no device is named {name!r}; {choices}")
    kind, _, number = name.partition(":")
    if (f"{kind}:{int(number)}" if number else kind) not in present:
        missing = "CUDA device" if name == "cuda" else name
        raise SettingsError(f"no {missing} was found; {choices}")
    return name


def present_devices() -> list[str]:
    """Return the names of the devices of this machine.

    Returns:
        "cpu"; "cuda" and one such as "cuda:0" for each GPU; and "mps" on Apple processors.

    Example:
        >>> present_devices()[0]
        'cpu'
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = ["cuda", *(f"cuda:{number}" for number in range(count))] if count else []
    return ["cpu", *cuda, *["mps"] * torch.backends.mps.is_available()]


def on_device(settings: EnhanceSettings) -> EnhanceSettings:
    """Return settings with the device that is really used.

    Args:
        settings: Their device may be "auto".

    Returns:
        A copy whose device is "cpu", "cuda", one such as "cuda:0", or "mps".

    Raises:
        SettingsError: The device is absent.

    Example:
        >>> on_device(EnhanceSettings(device="cpu")).device
        'cpu'
    """
    return replace(settings, device=compute_device(settings.device))
