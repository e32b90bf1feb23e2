"""On Dask: the same bytes, also when a worker is killed, and a line where there is no Dask."""

import http.client
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from crossres.types import MissingPackageError, SettingsError
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


def listening() -> set[tuple[str, int]]:
    """Return address (hexadecimal) and port of every socket on which we and our children listen."""
    processes = [os.getpid(), *(child.pid for child in active_children())]
    inodes = set()
    for process in processes:
        for link in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                inodes.add(link.readlink().name)
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                address, port = words[1].split(":")
                found.add((address, int(port, 16)))
    return found


LOOPBACK = "0100007F"
STRANGER = """
import sys
from distributed import Client
from distributed.security import Security
security = Security.temporary() if sys.argv[2] == "other" else None
protocol = "tls" if sys.argv[2] == "other" else "tcp"
client = Client(f"{protocol}://127.0.0.1:{sys.argv[1]}", security=security, timeout=3)
client.run_on_scheduler(print)
print("CONNECTED")
"""


def test_the_cluster_of_this_machine_accepts_nobody_else(tmp_path: Path) -> None:
    before = listening()
    with cluster._client(1, None) as client:
        assert client.submit(sum, (1, 2)).result() == 3
        assert client.scheduler.address.startswith("tls://127.0.0.1:")
        opened = listening() - before
        folders = list(client.run(lambda dask_worker: dask_worker.local_directory).values())
        assert len(opened) >= 4, "scheduler, nanny and worker"
        assert {address for address, _ in opened} == {LOOPBACK}
        for _, port in opened:
            assert not answers(port)
        [private] = {Path(folder).parents[1] for folder in folders}
        assert private.stat().st_mode & 0o077 == 0
        port = client.scheduler.address.rsplit(":", 1)[1]
        for certificate in ("none", "other"):
            command = [sys.executable, "-W", "ignore", "-c", STRANGER, port, certificate]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode != 0
            assert "CONNECTED" not in done.stdout
    assert not private.exists()


def answers(port: int) -> bool:
    """Return whether a server sends anything but "not found" to a browser."""
    for path in (
        "/",
        "/status",
        "/info/main/workers.html",
        "/json/counts.json",
        "/metrics",
        "/health",
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            if connection.getresponse().status != 404:
                return True
        except (OSError, http.client.HTTPException):  # TLS
            pass
        finally:
            connection.close()
    return False


def test_without_certificates_no_cluster_is_started(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'crossres\[dask\]'"):
        next(on_dask(jobs("01"), 1))


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
    for nowhere in ("tcp://127.0.0.1:1", "tls://127.0.0.1:1", "nonsense://", "scheduler.json"):
        with pytest.raises(SettingsError, match=r"no Dask scheduler at .*; start one"):
            next(on_dask(jobs("01"), 1, nowhere))


def test_no_dask(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'crossres\[dask\]'"):
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
