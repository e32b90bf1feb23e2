"""A limit on the time of long work, which is no part of any settings."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LIMIT: ContextVar[float] = ContextVar("limit", default=math.inf)


class OutOfTime(Exception):  # noqa: N818 (nothing went wrong)
    """Work stops at a point from which it can be resumed; no error."""


@contextmanager
def time_limit(at: float | None) -> Iterator[None]:
    """Stop the work within the block before a moment of ``time.monotonic``.

    A moment instead of a number of seconds, as processes that share a limit also share that clock.

    Args:
        at: The moment, s; None for no limit.

    Yields:
        Nothing.

    Example:
        >>> with time_limit(time.monotonic() + 60):
        ...     check_time()
    """
    token = _LIMIT.set(math.inf if at is None else at)
    try:
        yield
    finally:
        _LIMIT.reset(token)


def check_time(needed: float = 0.0) -> None:
    """Stop here unless the time suffices for the next step.

    Args:
        needed: Duration of that step, s.

    Raises:
        OutOfTime: The limit comes before its end.

    Example:
        >>> check_time(1e9)  # there is no limit here
    """
    if time.monotonic() + needed > _LIMIT.get():
        raise OutOfTime("time is up")
