"""Units of tables run once each, test no training subject, and continue past failures."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from crossres.io import Case
from crossres.reproduction import (
    TABLES,
    Budget,
    cohort_subjects,
    describe,
    phantom_subjects,
    run,
    runner,
    status_of,
    units_of,
)
from crossres.reproduction.methods import (
    BICUBIC,
    MODEL_1,
    PROPOSED,
    ZSSR,
)
from crossres.reproduction.scores import read_scores, scores_of
from crossres.reproduction.subjects import Subject
from crossres.reproduction.units import Unit
from crossres.training.deadline import OutOfTime
from crossres.training.loop import Training
from crossres.types import FileFormatError, SettingsError

MakeUnit = Callable[..., Unit]


@pytest.fixture
def whole(smoke: Budget) -> Budget:
    return replace(smoke, folds=4)


def note(unit: Unit, runs: Path, seconds: float) -> None:
    """Write a unit's scores as if it had been run."""
    path = scores_of(unit, runs)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("case,psnr\nsub-01,30\n")
    path.with_suffix(".json").write_text(json.dumps({"seconds": seconds}))


def test_no_unit_trains_on_its_test_subjects(whole: Budget) -> None:
    everyone = phantom_subjects(9)
    for unit in units_of(TABLES, whole, everyone):
        trained, tested = {s.name for s in unit.train}, {s.name for s in unit.test}
        assert not trained & tested
        assert trained | tested == {s.name for s in everyone}


def test_every_subject_is_tested_by_every_row_at_every_factor(whole: Budget) -> None:
    everyone = phantom_subjects(9)
    for name, table in TABLES.items():
        units = units_of([name], whole, everyone)
        for row in table.rows:
            for factor in table.factors:
                own = [u for u in units if u.method == row.method and u.factor == factor]
                assert sorted(s.name for u in own for s in u.test) == [s.name for s in everyone]


def test_rows_that_tables_share_are_run_once(whole: Budget) -> None:
    everyone = phantom_subjects()
    units = units_of(TABLES, whole, everyone)
    assert len({unit.key for unit in units}) == len(units)
    rows = sum(len(table.rows) * len(table.factors) for table in TABLES.values())
    again = 3 + 1 + 2  # "3 stages", "L1", "0 mm"; ZSSR in Table V; bicubic in Table II
    assert len(units) == 4 * (rows - again)
    assert sum(u.method == PROPOSED and u.factor == 4 for u in units) == 4


def test_units_come_fold_by_fold(smoke: Budget, whole: Budget) -> None:
    everyone = phantom_subjects()
    tested = [unit.test[0].name for unit in units_of(TABLES, whole, everyone)]
    order = list(dict.fromkeys(tested))
    assert tested == sorted(tested, key=order.index)
    first = [unit.key for unit in units_of(TABLES, smoke, everyone)]
    assert [unit.key for unit in units_of(TABLES, whole, everyone)][: len(first)] == first


def test_unknown_tables_and_too_few_subjects_are_refused(smoke: Budget) -> None:
    with pytest.raises(SettingsError, match="no table"):
        units_of(["table6"], smoke, phantom_subjects())
    with pytest.raises(FileFormatError, match="4 folds need"):
        units_of(TABLES, smoke, phantom_subjects(3))


def test_a_study_runs_and_reports_every_unit(study: SimpleNamespace) -> None:
    assert study.failed == []
    assert len(study.lines) == len(study.units) == len(TABLES["table2"].rows)
    for line, unit in zip(study.lines, study.units, strict=True):
        assert describe(unit) in line
        assert line.endswith(" s")
    status = status_of(study.units, study.runs, study.results)
    assert (status.done, status.left, status.seconds_left) == (study.units, [], 0)


@pytest.mark.parametrize("lost", ["runs", "results"])
def test_a_finished_study_does_nothing(
    study: SimpleNamespace, idle: None, tmp_path: Path, lost: str
) -> None:
    """Whether the scores are found in the table or where each unit wrote its own."""
    folders = {"runs": study.runs, "results": study.results, lost: tmp_path / lost}
    lines: list[str] = []
    run(study.units, **folders, workers=1, report=lines.append)
    assert lines == []
    assert (tmp_path / "results").exists() is (lost == "results")


def test_one_failure_does_not_stop_the_others(
    unit_of: MakeUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [unit_of(PROPOSED), unit_of(BICUBIC.method)]
    attempt = runner.run_unit

    def fail(unit: Unit, *words: Any) -> float:
        if unit.method == PROPOSED:
            raise RuntimeError("out of luck")
        return attempt(unit, *words)

    monkeypatch.setattr(runner, "run_unit", fail)
    lines: list[str] = []
    failed = run(units, tmp_path / "runs", tmp_path, workers=1, report=lines.append)
    assert failed == lines[:1]
    assert describe(units[0]) in failed[0]
    assert "failed: out of luck" in failed[0]
    assert status_of(units, tmp_path / "runs", tmp_path).left == units[:1]


def test_an_interruption_stops_the_run(
    unit_of: MakeUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_unit", stop)
    with pytest.raises(KeyboardInterrupt):
        run([unit_of(PROPOSED)], tmp_path / "runs", tmp_path, workers=1, report=print)


@pytest.mark.parametrize("workers", [1, 2])
def test_when_time_is_up_no_unit_is_begun(unit_of: MakeUnit, tmp_path: Path, workers: int) -> None:
    lines: list[str] = []
    failed = run(
        [unit_of(PROPOSED), unit_of(BICUBIC.method)], tmp_path / "runs", tmp_path,
        workers=workers, report=lines.append, until=time.monotonic() - 1,
    )  # fmt: skip
    assert (failed, lines, list(tmp_path.iterdir())) == ([], [], [])


@pytest.mark.parametrize("regime", ["external", "internal", "supervised", "external-internal"])
def test_a_unit_that_is_stopped_in_time_resumes(
    unit_of: MakeUnit, smoke: Budget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regime: Any
) -> None:
    """A unit resumes wherever it is stopped, one epoch at a time."""
    stages = 1 if regime == "supervised" else 2
    longer = replace(smoke, supervised_steps=51, external_steps=51, internal_steps=51)
    unit = unit_of(replace(PROPOSED, regime=regime, stages=stages), budget=longer)
    run([unit], tmp_path / "a", tmp_path / "whole", workers=1, report=print)
    lines: list[str] = []
    for _ in range(20):
        epochs_a_turn(monkeypatch, 1)
        folders = (tmp_path / "b", tmp_path / "parts")
        assert not run(
            [unit], *folders, workers=1, report=lines.append, until=time.monotonic() + 1e6
        )
        if scores_of(unit, tmp_path / "b").exists():
            break
    assert len(lines) >= 2 * stages
    assert all(line.endswith("stopped at the time limit, to be resumed") for line in lines[:-1])
    rows = [read_scores(unit, tmp_path / name) for name in ("a", "b")]
    for one, two in zip(*rows, strict=True):
        assert {**one, "learning_seconds": ""} == {**two, "learning_seconds": ""}


def epochs_a_turn(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """End the time limit after a number of epochs."""
    monkeypatch.undo()
    left, end_epoch = [count], Training.end_epoch

    def end(self: Training, *words: float) -> None:
        end_epoch(self, *words)
        left[0] -= 1

    def check(expected: float = 0.0) -> None:
        if left[0] <= 0:
            raise OutOfTime

    monkeypatch.setattr(Training, "end_epoch", end)
    monkeypatch.setattr("crossres.training.loop.check_time", check)


def test_two_processes_give_the_scores_of_one(
    unit_of: MakeUnit, subjects: list[Subject], tmp_path: Path
) -> None:
    nowhere = Subject("gone", Case("gone", Path("gone_T2w.nii.gz"), Path("gone_T1w.nii.gz")))
    one_stage = replace(PROPOSED, stages=1)
    units = [
        unit_of(one_stage, train=tuple(subjects[:1])),
        unit_of(BICUBIC.method, test=(nowhere,)),
        unit_of(replace(one_stage, regime="internal")),
    ]
    failed = {}
    for workers in (1, 2):
        folder, lines = tmp_path / str(workers), []
        failed[workers] = run(
            units, folder / "runs", folder / "results", workers=workers, report=lines.append
        )
        assert len(lines) == 3
    for number in (0, 2):
        rows = [read_scores(units[number], tmp_path / n / "runs") for n in ("1", "2")]
        for one, two in zip(*rows, strict=True):
            assert one["case"] == two["case"]
            for metric in ("psnr", "ssim", "bicubic_psnr"):
                assert float(one[metric]) == pytest.approx(float(two[metric]), rel=1e-5)
    for lines in failed.values():
        (line,) = lines
        assert "gone" in line.split("failed: ")[1]


def test_the_status_estimates_from_the_most_similar_units(smoke: Budget, tmp_path: Path) -> None:
    everyone = phantom_subjects()
    units = units_of(["table2"], replace(smoke, folds=2), everyone)

    def find(method: object, factor: int) -> list[Unit]:
        return [u for u in units if u.method == method and u.factor == factor]

    first, second = find(PROPOSED, 4)
    zssr, zssr_later = find(ZSSR, 4)
    model_1 = find(MODEL_1, 4)[0]
    bicubic = find(BICUBIC.method, 4)[0]
    chosen = [first, second, zssr, zssr_later, model_1, bicubic]
    assert status_of(chosen, tmp_path, tmp_path).seconds_left is None
    note(first, tmp_path, 100)
    note(zssr, tmp_path, 10)
    status = status_of(chosen, tmp_path, tmp_path)
    assert status.done == [first, zssr]
    assert status.left == [second, zssr_later, model_1, bicubic]
    same_method, same_regime, neither = 100 + 10, 100, (100 + 10) / 2
    assert status.seconds_left == pytest.approx(same_method + same_regime + neither)


def test_descriptions_name_what_differs(
    smoke: Budget, unit_of: MakeUnit, subjects: list[Subject], cohort: Path
) -> None:
    units = units_of(TABLES, smoke, cohort_subjects(cohort))
    assert len({describe(unit) for unit in units}) == len(units)
    assert "registration error 2 mm" in describe(unit_of(replace(PROPOSED, shift_mm=2.0)))
    assert describe(unit_of(BICUBIC.method)).startswith("bicubic, 2x")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="NO GPU")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("regime", ["external", "internal", "supervised", "external-internal"])
def test_a_gpu_gives_nearly_the_scores_of_the_cpu(
    unit_of: MakeUnit, tmp_path: Path, workers: int, regime: Any
) -> None:
    unit = unit_of(replace(PROPOSED, regime=regime, stages=1 if regime == "supervised" else 2))
    rows = {}
    for device in ("cpu", "cuda"):
        folder = tmp_path / device
        assert not run(
            [unit], folder / "runs", folder, workers=workers, report=print, device=device
        )
        rows[device] = read_scores(unit, folder / "runs")
    for one, two in zip(rows["cpu"], rows["cuda"], strict=True):
        assert float(one["psnr"]) == pytest.approx(float(two["psnr"]), abs=0.2)
