"""Scores of all units lie in one table, found by settings; an interruption loses none."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossres.reproduction import published
from crossres.reproduction.methods import BICUBIC, DEFAULT, MODEL_2, PROPOSED, Method
from crossres.reproduction.published import (
    COLUMNS,
    SCORES,
    UNITS,
    Published,
    publish,
)
from crossres.reproduction.records import read_rows, write_rows, write_summary
from crossres.reproduction.runner import status_of, units_of
from crossres.reproduction.scores import read_scores, run_unit, scores_of
from crossres.reproduction.units import Unit, scores_key

MakeUnit = Callable[..., Unit]


def note(unit: Unit, runs: Path, psnr: float) -> Unit:
    """Write a unit's scores as if it had been run."""
    rows = [{"case": s.name, "slice": n, "psnr": psnr} for s in unit.test for n in range(2)]
    write_summary({"seconds": 2.5, "device": "cpu"}, scores_of(unit, runs).with_suffix(".json"))
    write_rows(rows, scores_of(unit, runs))
    return unit


def test_rows_come_back_as_they_were_scored(unit_of: MakeUnit, tmp_path: Path) -> None:
    unit = unit_of(BICUBIC.method)
    run_unit(unit, tmp_path / "runs")
    publish([unit], tmp_path / "runs", tmp_path)
    scored, found = read_scores(unit, tmp_path / "runs"), Published.read(tmp_path).rows(unit)
    assert scored
    assert [{name: row[name] for name in scored[0]} for row in found] == scored
    assert set(scored[0]) - {"case"} <= set(COLUMNS), "a new score needs a column"


def test_a_row_names_method_fold_and_slice(smoke: Any, subjects: Any, tmp_path: Path) -> None:
    units = units_of(["table2"], replace(smoke, folds=2), subjects)
    for unit in units:
        note(unit, tmp_path / "runs", 30)
    publish(units, tmp_path / "runs", tmp_path)
    rows = read_rows(tmp_path / SCORES)
    assert [row["unit"] for row in rows[::2]] == [str(n + 1) for n in range(len(units))]
    one = rows[2 * units.index(next(u for u in units if u.method == PROPOSED and u.factor == 4))]
    assert {name: one[name] for name in ("method", "network", "stages", "factor", "fold")} == {
        "method": "proposed", "network": "guided-rdn", "stages": "3", "factor": "4", "fold": "1",
    }  # fmt: skip
    assert {row["fold"] for row in rows} == {"1", "2"}
    assert one["subject"] == units[0].test[0].name


def test_columns_hold_what_a_method_uses(unit_of: MakeUnit, tmp_path: Path) -> None:
    units = [note(unit_of(m, factor=4), tmp_path, 30) for m in (BICUBIC.method, DEFAULT)]
    publish(units, tmp_path, tmp_path)
    bicubic, default = read_rows(tmp_path / UNITS)
    assert (bicubic["network"], bicubic["stages"], bicubic["loss"]) == ("", "", "")
    assert (default["stages"], default["back_projection"]) == ("2", "exact")


def test_what_made_the_scores_is_kept_for_each_unit(unit_of: MakeUnit, tmp_path: Path) -> None:
    unit = note(unit_of(PROPOSED), tmp_path / "runs", 30)
    publish([unit], tmp_path / "runs", tmp_path)
    [line] = read_rows(tmp_path / UNITS)
    assert (line["seconds"], line["device"], line["test"]) == ("2.5", "cpu", unit.test[0].name)
    assert line["commit"]
    assert line["machine"]
    assert status_of([unit], tmp_path / "gone", tmp_path).done == [unit]


@pytest.mark.parametrize("method", [BICUBIC.method, PROPOSED, MODEL_2])
def test_the_address_can_be_made_of_what_is_published(
    unit_of: MakeUnit, tmp_path: Path, method: Method
) -> None:
    unit = note(unit_of(method), tmp_path, 30)
    publish([unit], tmp_path, tmp_path)
    [line] = read_rows(tmp_path / UNITS)
    assert scores_key(json.loads(line["settings"])) == unit.key


def test_rows_of_other_settings_are_not_taken_for_new_ones(
    unit_of: MakeUnit, smoke: Any, tmp_path: Path
) -> None:
    before = note(unit_of(PROPOSED), tmp_path / "runs", 30)
    publish([before], tmp_path / "runs", tmp_path)
    longer = unit_of(PROPOSED, budget=replace(smoke, external_steps=3))
    assert Published.read(tmp_path).rows(longer) == []
    assert status_of([longer], tmp_path / "runs", tmp_path).left == [longer]
    publish([note(longer, tmp_path / "runs", 31)], tmp_path / "runs", tmp_path)
    both = [Published.read(tmp_path).rows(unit)[0]["psnr"] for unit in (before, longer)]
    assert both == ["30", "31"], "nor are those lost"


def test_publishing_again_changes_no_byte(unit_of: MakeUnit, tmp_path: Path) -> None:
    units = [note(unit_of(method), tmp_path, 30) for method in (PROPOSED, MODEL_2)]
    found = []
    for folder in ("a", "b", "b"):
        publish(units, tmp_path, tmp_path / folder)
        found.append([(tmp_path / folder / name).read_bytes() for name in (SCORES, UNITS)])
    assert found[0] == found[1] == found[2]


def test_a_publication_that_was_interrupted_is_finished(
    unit_of: MakeUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    first, second = (note(unit_of(m), runs, p) for m, p in ((PROPOSED, 30), (MODEL_2, 31)))
    publish([first], runs, tmp_path)

    def stop(rows: Any, path: Path) -> None:
        if path.name == SCORES:
            raise KeyboardInterrupt
        write_rows(rows, path)

    monkeypatch.setattr(published, "write_rows", stop)
    with pytest.raises(KeyboardInterrupt):
        publish([second], runs, tmp_path)
    assert status_of([first, second], tmp_path / "gone", tmp_path).left == [second]
    monkeypatch.undo()
    publish([second], runs, tmp_path)
    assert [line["unit"] for line in read_rows(tmp_path / UNITS)] == ["1", "2"]
    found = Published.read(tmp_path)
    assert [found.rows(unit)[0]["psnr"] for unit in (first, second)] == ["30", "31"]


def test_nothing_to_publish_writes_nothing(unit_of: MakeUnit, tmp_path: Path) -> None:
    publish([unit_of(PROPOSED)], tmp_path / "runs", tmp_path)
    assert list(tmp_path.iterdir()) == []
