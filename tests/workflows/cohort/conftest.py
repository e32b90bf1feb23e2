"""Jobs of tiny cases, and a scan whose readers are killed in the middle of reading."""

import os
from collections.abc import Callable
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
        "result": {"file": "sub-1_desc-sr_T2w.nii.gz", "sha256": "ef"},
        "pictures": {"sub-1_desc-sr_T2w.png": "made"},
    }


HOOK = """
import os, signal, sys, time
from pathlib import Path
FOLDER, PATH, TIMES, WAIT = {arguments!r}
def hook(event, arguments):
    if event == "open" and str(arguments[0]) == PATH and len(os.listdir(FOLDER)) < TIMES:
        (Path(FOLDER) / str(os.getpid())).touch()
        time.sleep(WAIT)
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
"""


class Trap:
    """A target scan that kills the processes that open it.

    Processes that are started from now on are killed when they open the scan: the first ``times``
    of them, or all if ``times`` is None.

    Args:
        path: The scan.
        times: Number of processes.
        folder: An empty folder for the trap.
        wait: Seconds until a process is killed.
    """

    def __init__(self, path: Path, times: int | None, folder: Path, wait: float) -> None:
        self._caught = folder / "caught"
        self._caught.mkdir()
        arguments = (str(self._caught), str(path), times or 1000, wait)
        (folder / "sitecustomize.py").write_text(HOOK.format(arguments=arguments))

    @property
    def killed(self) -> list[int]:
        """The processes that were caught."""
        return sorted(int(path.name) for path in self._caught.iterdir())


@pytest.fixture
def trap(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Trap]:
    """Return a function that makes a scan whose first readers are killed."""

    def set_up(path: Path, times: int | None, wait: float = 0.0) -> Trap:
        folder = tmp_path_factory.mktemp("trap")
        before = os.environ.get("PYTHONPATH")
        monkeypatch.setenv(
            "PYTHONPATH", os.pathsep.join([str(folder), *([before] if before else [])])
        )
        return Trap(path, times, folder, wait)

    return set_up
