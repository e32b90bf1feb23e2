"""Limits on time hold within their block, and without one there is time for anything."""

import time

import pytest

from crossres.training.deadline import OutOfTime, check_time, time_limit


def test_without_a_limit_there_is_always_time() -> None:
    check_time(1e12)
    with time_limit(None):
        check_time(1e12)


def test_a_moment_that_has_passed_stops_the_next_step() -> None:
    with time_limit(time.monotonic() - 1), pytest.raises(OutOfTime, match="time is up"):
        check_time()


def test_work_that_would_take_longer_than_the_rest_is_not_begun() -> None:
    with time_limit(time.monotonic() + 60):
        check_time(30)
        with pytest.raises(OutOfTime):
            check_time(90)


def test_a_limit_ends_with_its_block() -> None:
    with pytest.raises(OutOfTime), time_limit(time.monotonic() - 1):
        check_time()
    check_time(1e12)
