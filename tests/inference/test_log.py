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
