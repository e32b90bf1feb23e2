"""Termination of a command: it cleans up as after Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_TERMINATION = (signal.SIGTERM, signal.SIGHUP)
_SECONDS_TO_RESEND = 0.02


class Terminated(KeyboardInterrupt):
    """A batch system, a logout or ``kill`` ended the command.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__("terminated; no output is half-written")
        self.number = number


@contextmanager
def terminable() -> Iterator[None]:
    """Raise an exception at a termination signal, so that nothing is left half-written.

    Signals that the process ignores, such as under ``nohup``, stay ignored.

    Yields:
        Nothing, while signals are handled.

    Raises:
        Terminated: A signal arrived.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, lambda *_: None)  # SIG_IGN would warn of a signal on its way
        raise Terminated(number)

    main = threading.current_thread() is threading.main_thread()
    handled = [n for n in _TERMINATION if main and signal.getsignal(n) == signal.SIG_DFL]
    after = {number: signal.signal(number, stop) for number in handled}

    def renew(number: int) -> None:
        if number in handled:
            signal.signal(number, stop)

    try:
        with _lost_signals_resent(renew):
            yield
    except Terminated as error:
        after[signal.Signals(error.number)] = signal.SIG_IGN  # ``timeout`` sends two, one late
        raise
    finally:
        for number, handler in after.items():
            signal.signal(number, handler)


@contextmanager
def _lost_signals_resent(renew: Callable[[int], None]) -> Iterator[None]:
    """Send a signal again whose exception was raised within a destructor.

    Python prints a traceback of it there and continues.

    Args:
        renew: Prepares for a signal of that number.

    Yields:
        Nothing.
    """
    print_error, timers = sys.unraisablehook, list[threading.Timer]()

    def resend(found: sys.UnraisableHookArgs) -> None:
        if not isinstance(found.exc_value, KeyboardInterrupt):
            print_error(found)
            return
        number = getattr(found.exc_value, "number", signal.SIGINT)
        renew(number)
        timers.append(threading.Timer(_SECONDS_TO_RESEND, os.kill, (os.getpid(), number)))
        timers[-1].start()

    sys.unraisablehook = resend
    try:
        yield
    finally:
        sys.unraisablehook = print_error
        for timer in timers:
            timer.cancel()
