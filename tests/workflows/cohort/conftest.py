"""Jobs of tiny cases, and a scan whose readers are killed in the middle of reading."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.inference import EnhanceSettings
from crossres.io import BidsDataset
from crossres.workflows.cohort import CohortSettings, Job, Selection, plan

Jobs = Callable[..., list[Job]]


@pytest.fixture
def jobs(build: Callable[..., Path], tiny_weights: SimpleNamespace, tmp_path: Path) -> Jobs:
    """Return a function that makes a job for each of some subjects, with given settings."""
    base = CohortSettings(
        factor=(2.0,),
        weights=(str(tiny_weights.guided),),
        enhance=EnhanceSettings(register=False, device="cpu"),
    )

    def make(*subjects: str, out: str = "out", **changes: Any) -> list[Job]:
        root = build(*(f"sub-{s}/anat/sub-{s}_{c}" for s in subjects for c in ("T1w", "T2w")))
        settings = replace(base, **changes)
        planned = plan(BidsDataset(root), tmp_path / out, Selection("T2w", "T1w"), settings)
        return list(planned.jobs)

    return make


@pytest.fixture
def sidecar() -> dict[str, Any]:
    """Return the sidecar of a result, with what a later run needs of it."""
    return {
        "inputs": {
            "target": {"file": "sub-1_T2w.nii.gz", "sha256": "ab"},
            "guide": {"sha256": "cd"},
        },
        "weights": "tiny",
        "factors": [2, 2.0, 1],
        "consistency": {"interpolation": 0.2, "result": 0},
        "warnings": ["a", "b"],
        "settings": {"seed": 0},
        "timings_seconds": {"reading": 0.1, "total": 3},
        "versions": {"crossres": "0.2.0", "torch": "2"},
        "passes": [{"factors": [2, 2, 1], "guide_left_out": False, "weights_sha256": None}],
        "grids": {"target": {"spacing_mm": [2, 2, 4]}, "result": {"spacing_mm": [1, 1, 4]}},
        "motion": "none",
    }


class Trap:
    """A target scan whose readers wait until they are killed.

    The scan is replaced by a pipe. Each process that reads it is killed; after ``times`` of them
    the scan itself is put back, or never, if ``times`` is None.
    """

    def __init__(self, path: Path, times: int | None) -> None:
        self.path, self.times = path, times
        self.killed: list[int] = []
        self.scan = path.with_name(f"kept-{path.name}")
        path.rename(self.scan)
        os.mkfifo(path)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self) -> None:
        while not self.over.is_set() and len(self.killed) != self.times:
            with suppress(OSError):  # there is no reader yet
                # Once the pipe is opened for writing, its reader waits for the content.
                pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
                self._kill_reader()
                os.close(pipe)
            time.sleep(0.05)

    def _kill_reader(self) -> None:
        while not (readers := self._readers()) and not self.over.is_set():
            time.sleep(0.02)
        if len(self.killed) + 1 == self.times:
            self.scan.replace(self.path)
        for reader in readers:
            os.kill(reader, signal.SIGKILL)
            self.killed.append(reader)
        while set(readers) & set(self._readers()):
            time.sleep(0.02)

    def _readers(self) -> list[int]:
        found = set()
        for link in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):
                if link.readlink() == self.path:
                    found.add(int(link.parts[2]))
        return sorted(found - {os.getpid()})

    def end(self) -> None:
        self.over.set()
        self.thread.join()


@pytest.fixture
def trap() -> Iterator[Callable[..., Trap]]:
    """Return a function that makes a scan whose first readers are killed."""
    traps: list[Trap] = []

    def set_up(path: Path, times: int | None) -> Trap:
        traps.append(Trap(path, times))
        return traps[-1]

    yield set_up
    for one in traps:
        one.end()
