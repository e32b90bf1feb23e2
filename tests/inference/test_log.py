"""Each warning once, in order; seconds by step and in all."""

import warnings

import pytest

from crossres.inference import RunLog
from crossres.types import CrossresWarning


def test_warnings_are_given_once_and_kept_in_order() -> None:
    log = RunLog()
    with pytest.warns(CrossresWarning) as seen:
        log.warn(["first", "second", "first"])
    assert [str(warning.message) for warning in seen] == ["first", "second"]
    with warnings.catch_warnings(record=True) as again:
        warnings.simplefilter("always")
        log.warn(["second"])
    assert again == []
    assert log.warnings == ["first", "second"]


def test_steps_add_up_to_the_total() -> None:
    log = RunLog()
    for step in ("reading", "enhancing", "reading"):
        log.lap(step)
    parts = log.seconds["reading"] + log.seconds["enhancing"]
    assert log.seconds["total"] == pytest.approx(parts, abs=1e-6)


def test_laps_are_differences_and_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([10.0, 35.0, 36.5, 60.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(moments))
    log = RunLog()
    for step in ("reading", "enhancing", "reading"):
        log.lap(step)
    assert log.seconds == {"total": 50.0, "reading": 25.0 + 23.5, "enhancing": 1.5}


def test_each_part_of_a_step_has_a_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    log = RunLog("scan 2: ")
    for part in ("in the plane", "across the slices"):
        log.lap("self_validation", part)
    log.lap("noise_and_resolution")
    names = [record.getMessage().rpartition(": ")[0] for record in caplog.records]
    assert names == [
        "scan 2: self-validation in the plane", "scan 2: self-validation across the slices",
        "scan 2: noise and resolution",
    ]  # fmt: skip
    assert {record.name for record in caplog.records} == {"crossres.inference"}
    assert log.seconds.keys() == {"total", "self_validation", "noise_and_resolution"}


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_the_log_of_a_part_names_it_and_is_taken_over() -> None:
    whole, part = RunLog(), RunLog("scan 2: ")
    whole.warn(["dark"])
    part.warn(["dark", "dark"])
    whole.keep(part)
    whole.keep(part)
    assert whole.warnings == ["dark", "scan 2: dark"]
