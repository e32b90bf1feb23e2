"""crossres reproduce: on digital phantoms, without any file."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from crossres import reproduction
from crossres.reproduction import runner
from crossres.training.deadline import OutOfTime
from crossres.training.loop import Training

Run = Callable[..., Any]


@pytest.fixture
def folders(tmp_path: Path) -> list[object]:
    return ["--runs", tmp_path / "runs", "--results", tmp_path / "results"]


SMOKE = ["--budget", "smoke", "--folds", "1", "--workers", "1"]


def test_the_help_has_examples(run: Run) -> None:
    done = run("reproduce", "--help")
    assert done.code == 0
    assert "crossres reproduce all --budget smoke" in done.out.split("Examples")[1]


def test_the_status_of_a_run_that_was_not_begun(run: Run, folders: list[object]) -> None:
    done = run("reproduce", "status", *SMOKE, *folders)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    left = [line for line in lines if line.startswith("left: ")]
    assert lines[-1] == f"0 of {len(left)} units done, {len(left)} left"
    assert "hours" not in done.out
    assert not Path(str(folders[-1])).exists()


def test_the_status_for_a_cohort(run: Run, folders: list[object], tmp_path: Path) -> None:
    for name in (f"sub-{n:02d}_{contrast}" for n in range(1, 6) for contrast in ("T1w", "T2w")):
        (tmp_path / f"{name}.nii.gz").touch()
    for folds in (1, 4):
        done = run("reproduce", "status", "--data", tmp_path, "--folds", folds, *folders)
        assert done.code == 0, done.err
        assert ("sub-04" in done.out, "sub-01" in done.out) == (True, folds == 4)


def test_a_table_is_written_and_not_made_twice(
    run: Run, folders: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("reproduce", "table4", *SMOKE, *folders)
    assert done.code == 0, done.err
    results = tmp_path / "results" / "smoke"
    wrote = [Path(line[6:]) for line in done.out.splitlines() if line.startswith("wrote ")]
    assert [path.name for path in wrote] == [
        "table4.md", "table4-x4-gains.png", "table4-x4-subjects.png", "table4-curves.png",
    ]  # fmt: skip
    assert all(path.exists() for path in wrote)
    with (results / "table4.csv").open(newline="") as file:
        assert [row["method"] for row in csv.DictReader(file)] == ["L1", "L2"]
    status = run("reproduce", "status", *SMOKE, *folders).out.splitlines()
    assert status[-2].startswith("2 of ")
    assert "hours more with 1 processes" in status[-1]
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    again = run("reproduce", "table4", *SMOKE, *folders, "--quiet")
    assert (again.code, again.out) == (0, "")


def test_scans_are_required_except_for_phantoms(run: Run, folders: list[object]) -> None:
    done = run("reproduce", "table1", "--budget", "cpu", *folders)
    assert done.code == 2
    assert "give --data, or --budget smoke for phantoms" in done.error


def test_a_folder_without_scans_is_refused(run: Run, folders: list[object], tmp_path: Path) -> None:
    done = run("reproduce", "table1", "--budget", "cpu", "--data", tmp_path, *folders)
    assert done.code == 2
    assert "T2w" in done.error


@pytest.mark.parametrize("what", ["table4", "figure5"])
def test_failures_are_reported_in_one_line(
    run: Run, folders: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fail(*_: Any) -> float:
        raise RuntimeError("out\nof luck")

    monkeypatch.setattr(runner, "run_unit", fail)
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained for a figure"))
    done = run("reproduce", what, *SMOKE, *folders)
    assert done.code == 2
    assert "failed, run again to retry" in done.error
    assert "out of luck" in done.error
    assert "wrote" not in done.out


def test_a_device_that_is_not_there_is_refused(
    run: Run, folders: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = run("reproduce", "table4", *SMOKE, *folders, "--device", "cuda:0")
    assert done.code == 2
    remedy = "set --device to auto or one of those present: cpu"
    assert done.error == f"crossres: error: no cuda:0 was found; {remedy}"


@pytest.mark.parametrize("what", ["table4", "figure5"])
def test_at_the_time_limit_the_rest_is_reported(run: Run, folders: list[object], what: str) -> None:
    done = run("reproduce", what, *SMOKE, *folders, "--minutes", 0)
    assert done.code == 0, done.err
    last = done.out.splitlines()[-1]
    assert last.startswith("time is up: 0 of ")
    assert last.endswith(" left; the same command resumes")
    assert "wrote" not in done.out


def test_figures_are_not_drawn_when_time_is_up(
    run: Run, folders: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: Any, **__: Any) -> Any:
        raise OutOfTime

    monkeypatch.setattr(reproduction, "draw", wait)
    monkeypatch.setattr(runner, "run_unit", lambda *_: 0.0)
    monkeypatch.setattr(reproduction, "status_of", lambda *_: runner.Status([], [], None))
    done = run("reproduce", "figure5", *SMOKE, *folders, "--minutes", 9)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1].startswith("time is up: all units done, figures left")


def any_left(group: int) -> bool:
    """Return whether a process of the group is alive."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_termination_is_like_ctrl_c(tmp_path: Path) -> None:
    """Twice, as ``timeout`` sends it: to the process and to its group."""
    words = ["reproduce", "all", "--budget", "smoke", "--workers", "2", "--device", "cpu"]
    folders = [word for name in ("runs", "results") for word in (f"--{name}", tmp_path / name)]
    process = subprocess.Popen(
        [sys.executable, "-m", "crossres", *words, *folders],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while not any("stage-1.pt" in files for _, _, files in os.walk(tmp_path / "runs")):
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    os.killpg(process.pid, signal.SIGTERM)
    error = process.communicate(timeout=60)[1]
    assert (process.returncode, error) == (
        143, "crossres: terminated; no output is half-written\n",
    )  # fmt: skip
    end = time.monotonic() + 20
    while any_left(process.pid):
        assert time.monotonic() < end, "a process went on"
        time.sleep(0.05)
    assert [path for path in tmp_path.rglob("*") if "part" in path.name] == []
    for path in tmp_path.rglob("*.pt"):
        torch.load(path, weights_only=True)


@pytest.mark.parametrize(
    "words",
    [
        ["table9"],
        ["table1", "--folds", "5"],
        ["all", "--budget", "huge"],
        ["all", "--minutes", "-1"],
    ],
)
def test_what_is_unknown_is_refused(run: Run, folders: list[object], words: list[str]) -> None:
    done = run("reproduce", *words, *folders)
    assert done.code == 2
    assert "see `crossres reproduce --help`" in done.error


def test_packed_scans_lack_slices_to_align_by(
    run: Run, folders: list[object], tmp_path: Path
) -> None:
    names = [f"sub-{n:02d}" for n in range(1, 6)]
    for name in (f"{subject}_{contrast}" for subject in names for contrast in ("T1w", "T2w")):
        (tmp_path / f"{name}.nii.gz").touch()
    content = {"every": [8], "shifts_mm": [0.0], "subjects": {name: name for name in names}}
    (tmp_path / "packed.json").write_text(json.dumps(content))
    done = run("reproduce", "status", "--data", tmp_path, *folders)
    assert done.code == 2
    assert "is packed, and lacks slices to align by; add --no-register" in done.err
    assert run("reproduce", "status", "--data", tmp_path, "--no-register", *folders).code == 0
