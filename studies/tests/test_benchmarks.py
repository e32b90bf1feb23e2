"""The benchmarks of methods, blending and parallel trainings run, at the smallest sizes."""

import json
from pathlib import Path

import pytest
from studies import benchmark_blending, benchmark_methods, benchmark_side_by_side
from studies.benchmark_side_by_side import STRATEGIES, TINY, Work

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


def test_the_ratio_is_that_of_the_medians(monkeypatch) -> None:
    monkeypatch.setattr(benchmark_blending, "SHAPE", (16, 16, 1))
    monkeypatch.setattr(benchmark_blending, "ROUNDS", 1)
    found = benchmark_blending.ratio(2)
    assert found["ratio"] == found["blended"] / found["guided"]


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "processes"])
def test_trainings_share_a_device(name: str) -> None:
    assert STRATEGIES[name](Work(TINY, "cpu", steps=1, rounds=1), 2) > 0


def test_the_rate_of_processes_is_that_of_the_fastest_round(monkeypatch) -> None:
    spans = iter([(0, 0, 9), (0, 0, 9), (1, 10, 12), (1, 11, 14), (2, 20, 22), (2, 20, 22)])

    class Idle:
        def __init__(self, *_, **__):
            """Accept any argument."""

        def start(self):
            """Start nothing."""

        join = start

        def get(self):
            return next(spans)

    context = type("Context", (), {"Barrier": Idle, "Queue": Idle, "Process": Idle})
    monkeypatch.setattr(benchmark_side_by_side, "get_context", lambda _: context)
    rate = benchmark_side_by_side.processes(Work(TINY, "cpu", steps=5, rounds=2), 2)
    assert rate == 2 * 5 / 2
