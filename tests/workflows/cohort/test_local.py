"""Serially or in processes: the same bytes; a killed process loses no case."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from crossres.workflows.cohort import (
    Job,
    Outcome,
    in_processes,
    serially,
)

Jobs = Callable[..., list[Job]]


def states(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in outcomes}


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_one_after_the_other_past_a_bad_one(jobs: Jobs) -> None:
    given = jobs("01", "02", "03")
    given[1].request.target.write_text("no image")
    outcomes = list(serially(given))
    assert [outcome.state for outcome in outcomes] == ["made", "failed", "made"]


def test_nothing_to_do_starts_nothing() -> None:
    assert list(in_processes([], 2)) == []
    assert active_children() == []


def test_a_worker_killed_in_the_middle_loses_nothing(
    jobs: Jobs, trap: Callable[..., Any], tmp_path: Path
) -> None:
    """Two workers, one of them killed over its first case: all are made, as if alone."""
    given, alone = jobs("01", "02", "03"), jobs("01", "02", "03", out="alone")
    assert {outcome.state for outcome in serially(alone)} == {"made"}
    deadly = trap(given[0].request.target, 1)
    outcomes = list(in_processes(given, 2))
    assert len(deadly.killed) == 1
    assert states(outcomes) == {"sub-01": "made", "sub-02": "made", "sub-03": "made"}
    assert files(tmp_path / "out") == files(tmp_path / "alone")
    for one, other in zip(given, alone, strict=True):
        assert one.volume.read_bytes() == other.volume.read_bytes()
    assert active_children() == []


def test_a_case_that_is_killed_at_each_attempt_fails(
    jobs: Jobs, trap: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = jobs("01", "02")
    given[0].volume.parent.mkdir(parents=True)
    deadly = trap(given[0].request.target, None)
    outcomes = list(in_processes(given, 2))
    assert len(deadly.killed) == 2
    assert states(outcomes) == {"sub-01": "failed", "sub-02": "made"}
    assert "killed" in next(o.reason for o in outcomes if o.name == "sub-01")
    assert not any("sub-01" in name for name in files(tmp_path / "out"))
    monkeypatch.undo()
    assert states(list(in_processes(given, 1))) == {"sub-01": "made", "sub-02": "kept"}


@pytest.fixture
def handler_of_ctrl_c() -> Iterator[Callable[[Any], None]]:
    """Return a function that sets the handler: a job in the background ignores the signal."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def test_cases_are_made_where_ctrl_c_is_ignored(
    jobs: Jobs, handler_of_ctrl_c: Callable[[Any], None]
) -> None:
    handler_of_ctrl_c(signal.SIG_IGN)
    assert states(list(in_processes(jobs("01"), 1))) == {"sub-01": "made"}


def test_ctrl_c_ends_the_workers_and_leaves_nothing(
    jobs: Jobs,
    handler_of_ctrl_c: Callable[[Any], None],
    trap: Callable[..., Any],
    tmp_path: Path,
) -> None:
    handler_of_ctrl_c(signal.default_int_handler)
    given = jobs("01", "02")
    trap(given[0].request.target, 1, wait=60.0)

    def interrupt() -> None:
        while not given[1].volume.exists():
            time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        list(in_processes(given, 2))
    assert active_children() == []
    assert not any("sub-01" in name or ".part-" in name for name in files(tmp_path / "out"))
