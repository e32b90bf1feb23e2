"""The benchmark of parallel trainings runs each strategy at the smallest size."""

import pytest
from studies import benchmark_side_by_side
from studies.benchmark_side_by_side import STRATEGIES, TINY, Work


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
