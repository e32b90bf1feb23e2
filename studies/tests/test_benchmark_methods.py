"""The benchmark of methods runs at the smallest size, and writes the fastest rounds."""

import json
from pathlib import Path

import pytest
from studies import benchmark_methods

from crossres.reproduction import budget
from crossres.reproduction.methods import BICUBIC, DEFAULT, PROPOSED, REGRESSION


@pytest.mark.parametrize("method", [REGRESSION, PROPOSED, DEFAULT])
def test_untrained_methods_are_timed(method, monkeypatch):
    monkeypatch.setattr(benchmark_methods, "SIDE", 16)
    cascade = benchmark_methods.enhancer_of(method, budget("smoke"), 2)
    assert cascade.guided
    assert benchmark_methods.milliseconds(cascade, 2) > 0


def test_the_fastest_round_of_each_method_is_written(tmp_path: Path, monkeypatch) -> None:
    times = iter(range(1, 1000))
    monkeypatch.setattr(benchmark_methods, "milliseconds", lambda *_: float(next(times)))
    benchmark_methods.main("smoke", rounds=1, results=tmp_path / "speed.json")
    found = json.loads((tmp_path / "speed.json").read_text())["milliseconds"]
    assert f"{BICUBIC.name}, 2x" not in found
    assert min(found.values()) > len(found), "the first round is a warm-up"
