"""Signals that wait until a few files have been renamed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_DEFERRED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Defer Ctrl-C and termination to the end of the block.

    Only the main thread handles signals: in any other thread the block just runs.

    Yields:
        Nothing; signals that arrive inside are handled afterwards.

    Example:
        >>> with signals_deferred():
        ...     Path("old.json").replace("new.json")  # doctest: +SKIP
    """
    arrived: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append(number)

    main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in _DEFERRED if main}
    # None: a handler that Python did not install and could not restore.
    before = {n: h for n, h in handlers.items() if h not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in arrived:
            signal.raise_signal(late)
