"""Signals wait for the end of a block."""

import signal
import threading

import pytest

from crossres.files.signals import signals_deferred


@pytest.fixture(autouse=True)
def handlers() -> object:
    """Handle the signals, whatever the process inherited, and restore all afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def test_ctrl_c_waits() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt), signals_deferred():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        steps.append("after the signal")
    assert steps == ["after the signal"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_termination_waits(number: signal.Signals) -> None:
    arrived: list[int] = []
    signal.signal(number, lambda n, _: arrived.append(n))
    with signals_deferred():
        signal.raise_signal(number)
        assert arrived == []
    assert arrived == [number]


def test_an_error_inside_is_not_lost() -> None:
    with pytest.raises(ValueError, match="inside"), signals_deferred():
        raise ValueError("inside")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ignored_signals_stay_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with signals_deferred():
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        signal.raise_signal(signal.SIGINT)


def test_other_threads_just_run() -> None:
    handlers = []

    def work() -> None:
        with signals_deferred():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
