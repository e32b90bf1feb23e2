"""The seconds of steps add up to the total."""

import pytest

from crossres.inference import RunLog


def test_laps_are_differences_and_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([10.0, 35.0, 36.5, 60.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(moments))
    log = RunLog()
    for step in ("reading", "enhancing", "reading"):
        log.lap(step)
    assert log.seconds == {"total": 50.0, "reading": 25.0 + 23.5, "enhancing": 1.5}
