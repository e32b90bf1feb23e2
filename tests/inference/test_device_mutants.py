"""A device beyond the last one is refused, however far."""

import pytest
import torch

from crossres.inference import compute_device
from crossres.types import SettingsError


@pytest.mark.parametrize("name", ["cuda:1", "cuda:5"])
def test_devices_beyond_the_last_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert compute_device("cuda:0") == "cuda:0"
    with pytest.raises(SettingsError, match=f"no {name} was found"):
        compute_device(name)
