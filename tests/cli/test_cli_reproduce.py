"""crossres reproduce: on drawn heads, without any file."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossres.experiments.reproduction import runner
from crossres.training import Training

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


def test_scans_are_wanted_but_for_drawn_heads(run: Run, folders: list[object]) -> None:
    done = run("reproduce", "table1", "--budget", "cpu", *folders)
    assert done.code == 2
    assert "give --data, or --budget smoke" in done.error


def test_a_folder_without_scans_is_refused(run: Run, folders: list[object], tmp_path: Path) -> None:
    done = run("reproduce", "table1", "--budget", "cpu", "--data", tmp_path, *folders)
    assert done.code == 2
    assert "T2w" in done.error


@pytest.mark.parametrize("what", ["table4", "figure5"])
def test_failures_are_said_in_one_line(
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


@pytest.mark.parametrize(
    "words", [["table9"], ["table1", "--folds", "5"], ["all", "--budget", "huge"]]
)
def test_what_is_unknown_is_refused(run: Run, folders: list[object], words: list[str]) -> None:
    done = run("reproduce", *words, *folders)
    assert done.code == 2
    assert "see `crossres reproduce --help`" in done.error
