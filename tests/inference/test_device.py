"""A device exists, or is refused with a clear error."""

import pytest
import torch

from crossres.inference import EnhanceSettings, compute_device
from crossres.inference.device import on_device, present_devices
from crossres.types import SettingsError


@pytest.mark.parametrize(
    ("count", "given"),
    [
        (0, {"auto": "cpu", "cpu": "cpu", "cuda": None, "cuda:0": None}),
        (2, {"auto": "cuda", "cpu": "cpu", "cuda": "cuda", "cuda:1": "cuda:1", "cuda:2": None}),
        (1, {"gpu": None, "cuda:": None, "cuda:x": None, "CPU": None}),
    ],
)
def test_a_device_is_there_or_refused(monkeypatch, count, given):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    for name, expected in given.items():
        if expected is None:
            with pytest.raises(SettingsError, match=r"no .*(choose|set `device`)"):
                compute_device(name)
        else:
            assert compute_device(name) == expected


@pytest.mark.parametrize("name", ["cuda:1", "cuda:5"])
def test_devices_beyond_the_last_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert compute_device("cuda:0") == "cuda:0"
    with pytest.raises(SettingsError, match=f"no {name} was found"):
        compute_device(name)


def test_the_device_is_resolved() -> None:
    assert on_device(EnhanceSettings(device="cpu")) == EnhanceSettings(device="cpu")
    assert on_device(EnhanceSettings()).device in ("cpu", "cuda")
    if not torch.cuda.is_available():
        with pytest.raises(SettingsError, match=r"no CUDA device was found; set `device`.*: cpu"):
            on_device(EnhanceSettings(device="cuda"))


def test_the_error_lists_the_devices_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert present_devices() == ["cpu", "cuda", "cuda:0", "cuda:1", "mps"]
    assert [compute_device(name) for name in present_devices()] == present_devices()
    with pytest.raises(
        SettingsError, match=r"no cuda:2 was found.*: cpu, cuda, cuda:0, cuda:1, mps"
    ):
        compute_device("cuda:2")


def test_mps_is_refused_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(SettingsError, match="no mps was found"):
        compute_device("mps")
