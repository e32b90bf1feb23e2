"""The speed benchmark measures time, operations and memory of any cascade."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from studies import benchmark_speed as speed
from torch import nn

from crossres.inference import Cascade
from crossres.networks import GuidedRDN
from crossres.volume import Grid


@pytest.fixture
def cascade() -> Cascade:
    torch.manual_seed(0)
    return Cascade((GuidedRDN(blocks=1, layers=1, width=4, norm="none"),), 2.0)


def test_the_fastest_of_the_runs_after_a_warm_up() -> None:
    calls: list[int] = []
    assert 0 <= speed.seconds(lambda: calls.append(1), repeats=2) < 1
    assert len(calls) == 3


def test_a_matrix_product_has_a_rate() -> None:
    assert speed.gemm_gflops(size=32) > 0


def test_operations_are_two_per_weight_of_each_convolution() -> None:
    network = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 1, 1, bias=False))
    assert speed.gflop_per_pixel(network) * 1e9 == pytest.approx(2 * (2 * 4 * 9 + 4))


def test_each_part_of_a_stage_is_timed(cascade: Cascade) -> None:
    fine = Grid((16, 12, 3), np.eye(4))
    found = speed.stage_milliseconds(cascade, fine, fine.coarsened((2, 2, 1)), 2)
    assert set(found) == {"upsample", "network", "projection"}
    assert min(found.values()) > 0


def test_the_command_writes_its_measurements(
    cascade: Cascade,
    tiny: SimpleNamespace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pair(seed: int, *, shape: Any) -> Any:
        assert shape == (32, 28, 16)
        return tiny.scene(seed)

    monkeypatch.setattr(speed, "SHAPE", (32, 28, 16))
    monkeypatch.setattr(speed, "make_pair", pair)
    monkeypatch.setattr(speed, "load_weights", lambda name: cascade)
    monkeypatch.setattr(speed, "gemm_gflops", lambda: 10.0)
    speed.main("tiny", batch=4, results=tmp_path / "speed.json")
    content = json.loads((tmp_path / "speed.json").read_text())
    assert (content["weights"], content["slices"]) == ("tiny", 16)
    per_slice = content["network_gflop_per_slice"]
    assert content["floor_seconds"] == pytest.approx(per_slice * 16 / 10.0)
    assert content["network_over_gemm"] == pytest.approx(content["network_gflop_per_second"] / 10)
    assert min(content["enhance_seconds"], content["peak_memory_gib"]) > 0
    assert {"command", "commit", "machine"} < set(content["provenance"])
