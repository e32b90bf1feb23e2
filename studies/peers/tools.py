"""Every method as a process on exported cases: of this package, or of a peer's own Python."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from studies.peers.cases import THICK
from studies.peers.methods import METHODS

from crossres.files import write_json

PATCHES, BATCH = 5000, 16
"""Training patches of ECLARE, of 1,000,000 by default, and patches of a step, of 128: about 10
minutes of one core. With 128 there would be 40 steps only."""
ANTS = {"ants-lanczos": "lanczosWindowedSinc", "ants-bspline": "bSpline"}
"""Interpolations of ANTs."""
ECLARE = "eclare"
WITH_ANTS = Path(__file__).with_name("with_ants.py")


@dataclass(frozen=True)
class Folders:
    """Where everything is.

    Args:
        data: Folder of scans.
        runs: Trainings.
        work: ``inputs``, ``truth`` and a folder of results for each method.
        tools: Virtual environments ``ants`` (antspyx) and ``eclare`` of the peers.
    """

    data: Path
    runs: Path
    work: Path
    tools: Path

    @property
    def inputs(self) -> Path:
        """The exported cases."""
        return self.work / "inputs"

    @property
    def truth(self) -> Path:
        """The references."""
        return self.work / "truth"


def applies(method: str, source: str, task: str) -> bool:
    """Return whether a method takes a case.

    A given profile is a row of its own for the clinical scan, where the measured one may differ.
    The network of the publication was trained at 4x, on the subjects of one fold. ECLARE is for
    thick slices, and has the time for one scan.
    """
    if method == "crossres-gaussian":
        return source == "clinical"
    if method == "paper":
        return source == "cohort" and task == "4x"
    if method == ECLARE:
        return source == "cohort" and "slices" in task
    return True


def run_method(method: str, names: Sequence[str], folders: Folders) -> None:
    """Enhance the cases that have no result yet.

    Args:
        method: A name in ``METHODS`` or ``ANTS``, or "eclare".
        names: Names of cases.
        folders: Where everything is.
    """
    outputs = folders.work / method
    left = [name for name in names if not (outputs / f"{name}.json").exists()]
    if not left:
        return
    if method == ECLARE:
        for name in left:
            _run_eclare(name, folders)
        return
    if method in METHODS:
        options = "--data", str(folders.data), "--runs", str(folders.runs)
        words = ["-m", "studies.peers.enhance_cases", method]
        command = [sys.executable, *words, str(folders.inputs), str(outputs), *left, *options]
    else:
        python = str(folders.tools / "ants" / "bin" / "python")
        words = [str(WITH_ANTS), ANTS[method]]
        command = [python, *words, str(folders.inputs), str(outputs), *left]
    subprocess.run(command, check=True)


def _run_eclare(name: str, folders: Folders) -> None:
    """Train and apply ECLARE on one scan, with the true profile of its slices."""
    outputs = folders.work / ECLARE
    program = folders.tools / "eclare" / "bin" / "run-eclare"
    command = [
        str(program), "--in-fpath", str(folders.inputs / name / "scan.nii.gz"),
        "--out-dir", str(outputs / name), "--relative-slice-thickness", str(THICK),
        "--n-patches", str(PATCHES), "--batch-size", str(BATCH),
    ]  # fmt: skip
    outputs.mkdir(parents=True, exist_ok=True)
    cost = measured(command)
    (outputs / name / "scan_eclare.nii.gz").replace(outputs / f"{name}.nii.gz")
    write_json(cost, outputs / f"{name}.json", overwrite=True)


def measured(command: Sequence[str]) -> dict[str, float]:
    """Run a command, and return its CPU time in seconds and its peak memory in MiB.

    Raises:
        CalledProcessError: It failed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    typer.echo(f"{Path(command[0]).name}: {time.perf_counter() - start:.0f} s")
    return {"seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
