"""The speed benchmark runs the command of two checkouts by turns, and counts operations."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from studies import benchmark_speed as speed
from torch import nn

from crossres import write
from crossres.inference import Cascade
from crossres.networks import GuidedRDN
from crossres.volume import Grid


@pytest.fixture
def cascade() -> Cascade:
    torch.manual_seed(0)
    return Cascade((GuidedRDN(blocks=1, layers=1, width=4, norm="none"),), 2.0)


def test_calls_take_turns() -> None:
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    found = speed.fastest(calls, repeats=2)
    assert order == ["a", "b", "a", "b"]
    assert set(found) == {"a", "b"}


def test_operations_are_two_per_weight_and_pixel_of_each_convolution() -> None:
    class Halving(nn.Sequential):
        def forward(self, image: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
            return super().forward(image)

    network = Halving(nn.Conv2d(1, 4, 2, stride=2), nn.ReLU(), nn.Conv2d(4, 1, 1, bias=False))
    expected = 2 * (4 * 4 + 4) * 5 * 3
    assert speed.operations(network, torch.rand(1, 1, 10, 6)) == expected
    assert not any(module._forward_hooks for module in network.modules())


def test_rates_of_network_and_gemm(cascade: Cascade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "GEMM_SIZE", 32)
    fine = Grid((16, 12, 3), np.eye(4))
    found = speed.rates(cascade, fine, fine.coarsened((2, 2, 1)))
    expected = found["network_gflop_s"] / found["gemm_gflop_s"]
    assert found["network_over_gemm"] == pytest.approx(expected)
    steps = {f"{name}_ms_per_slice" for name in ("upsample", "network", "projection")}
    assert steps < set(found)


def test_two_versions_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[tuple[str, ...]] = []

    def run(checkout: Path, words: list[str], output: Path, threads: int) -> speed.Measured:
        order.append((checkout.name, *words))
        return {"wall": float(len(order)), "cpu": 1.0}

    monkeypatch.setattr(speed, "enhance_seconds", run)
    versions = {"before": (tmp_path / "old", []), "now": (tmp_path / "new", ["--maps"])}
    found = speed.compared(versions, rounds=2, threads=1)
    assert order == 2 * [("old",), ("new", "--maps")]
    assert found["now"]["wall"] == 2
    assert speed.ratios(found)["wall"] == 2


def test_a_session_needs_no_names(tmp_path: Path) -> None:
    for name in ("T1w", "T2w", "FLAIR"):
        (tmp_path / f"sub-1_{name}.nii.gz").touch()
    words = speed.session_words(tmp_path)
    assert [Path(words[0]).name, Path(words[2]).name] == ["sub-1_T2w.nii.gz", "sub-1_T1w.nii.gz"]


def test_the_command_is_measured_as_a_process(
    tiny: SimpleNamespace,
    cascade: Cascade,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def words(folder: Path) -> list[str]:
        _, t2 = tiny.scene(1)
        write(t2, folder / "T2w.nii.gz")
        return [str(folder / "T2w.nii.gz"), "--factor", "2,2,1"]

    def rates(*_: Any) -> speed.Measured:
        return {"network_over_gemm": 0.5}

    monkeypatch.setattr(speed, "phantom_words", words)
    monkeypatch.setattr(speed, "rates", rates)
    speed.main(before=speed.ROOT, threads=1, results=tmp_path / "speed.json")
    content = json.loads((tmp_path / "speed.json").read_text())
    case = content["enhance"]["phantom 4x"]
    assert set(case) == {"before", "now", "now_over_before"}
    assert min(case["now"]["wall"], case["now"]["cpu"], case["now"]["peak_memory_gib"]) > 0
    assert case["now"]["enhancing"] > 0
    assert {"command", "commit", "machine"} < set(content["provenance"])
