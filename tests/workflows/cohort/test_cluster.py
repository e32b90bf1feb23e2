"""On Dask: the same bytes, also when a worker is killed, and a line where there is no Dask."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crossres.types import SettingsError
from crossres.workflows.cohort import Job, Outcome, cluster, on_dask, serially

distributed = pytest.importorskip("distributed", reason="DASK MISSING: pip install crossres[dask]")
Jobs = Callable[..., list[Job]]


def states(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in outcomes}


def test_two_workers_and_one_killed_in_the_middle(
    jobs: Jobs, trap: Callable[..., Any], tmp_path: Path
) -> None:
    given, alone = jobs("01", "02", "03"), jobs("01", "02", "03", out="alone")
    assert {outcome.state for outcome in serially(alone)} == {"made"}
    given[2].request.guide.write_text("no image")  # type: ignore[union-attr]
    deadly = trap(given[0].request.target, 1)
    outcomes = list(on_dask(given, 2))
    assert len(deadly.killed) == 1
    assert states(outcomes) == {"sub-01": "made", "sub-02": "made", "sub-03": "failed"}
    for one, other in zip(given[:2], alone[:2], strict=True):
        assert one.volume.read_bytes() == other.volume.read_bytes()
    assert not list(tmp_path.rglob(".part-*"))


@pytest.fixture
def scheduler() -> Iterator[str]:
    """Start a scheduler with a worker, and return its address."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as running:
        yield running.scheduler_address


def test_a_scheduler_that_runs_already(jobs: Jobs, scheduler: str) -> None:
    given = jobs("01")
    assert states(list(on_dask(given, 1, scheduler))) == {"sub-01": "made"}
    assert states(list(on_dask(given, 1, scheduler))) == {"sub-01": "kept"}


def test_no_scheduler(jobs: Jobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_TO_CONNECT", 1)
    for nowhere in ("tcp://127.0.0.1:1", "nonsense://", "scheduler.json"):
        with pytest.raises(SettingsError, match=r"no Dask scheduler at .*; start one"):
            next(on_dask(jobs("01"), 1, nowhere))


def test_no_dask(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"pip install 'crossres\[dask\]'"):
        next(on_dask(jobs("01"), 1))


class Lost:
    """A future that Dask gave up."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    def cancelled(self) -> bool:
        return self.error is None

    def exception(self) -> BaseException | None:
        return self.error


def test_the_reason_of_an_unfinished_job(jobs: Jobs) -> None:
    [job] = jobs("01")
    killed = type("KilledWorker", (Exception,), {})()
    assert "killed" in cluster._lost(job, Lost(killed)).reason
    assert "connection to the scheduler was lost" in cluster._lost(job, Lost(None)).reason
    missing = ModuleNotFoundError("No module named 'crossres'")
    assert "No module named 'crossres'" in cluster._lost(job, Lost(missing)).reason
