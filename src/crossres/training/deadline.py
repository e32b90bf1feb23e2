"""A limit on time that long work keeps to, without a word of it in any setting."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LIMIT: ContextVar[float] = ContextVar("limit", default=math.inf)


class OutOfTime(Exception):  # noqa: N818 (nothing went wrong)
    """Raised where work stops that can go on from there another time; no error."""


@contextmanager
def time_limit(at: float | None) -> Iterator[None]:
    """Let work within the block stop before a moment of ``time.monotonic``.

    A moment instead of a number of seconds, as processes that share a limit also share that clock.

    Args:
        at: The moment; None for no limit.

    Example:
        >>> with time_limit(time.monotonic() + 60):
        ...     check_time()
    """
    token = _LIMIT.set(math.inf if at is None else at)
    try:
        yield
    finally:
        _LIMIT.reset(token)


def check_time(wanted: float = 0.0) -> None:
    """Stop here unless there is time for what comes next.

    Args:
        wanted: Seconds that it takes.

    Raises:
        OutOfTime: The limit would come before.

    Example:
        >>> check_time(1e9)  # without a limit there is always time
    """
    if time.monotonic() + wanted > _LIMIT.get():
        raise OutOfTime("time is up")
