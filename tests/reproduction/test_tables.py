"""The arithmetic of tables, on scores written by hand."""

import csv
from collections.abc import Callable
from dataclasses import replace
from math import isnan
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from crossres.reproduction import TABLES, Budget, phantom_subjects, units_of, write_table
from crossres.reproduction.methods import BICUBIC, PROPOSED, TableRow
from crossres.reproduction.published import publish
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scores import scores_of
from crossres.reproduction.subjects import Subject
from crossres.reproduction.tables import (
    Entry,
    entries,
    paired_p,
    summaries,
    summary,
)
from crossres.reproduction.units import Unit

SUBJECTS = phantom_subjects(12)
BASE = 25.0
NOISE = dict(
    zip(
        (s.name for s in SUBJECTS), np.random.default_rng(0).normal(size=len(SUBJECTS)), strict=True
    )
)


@pytest.fixture
def whole(smoke: Budget) -> Budget:
    return replace(smoke, folds=4)


def slice_row(case: str, psnr: float, *, centre: bool) -> dict[str, object]:
    return {
        "case": case, "slice": 1, "psnr": psnr, "bicubic_psnr": BASE, "ssim": psnr / 100,
        "psnr_inside": psnr - 5, "ssim_inside": psnr / 200, "centre": centre,
    }  # fmt: skip


def scored(psnr: Callable[[str], float], subjects: list[Subject]) -> list[dict[str, object]]:
    """Return a centre slice and one that is 2 dB better for each subject."""
    return [
        slice_row(s.name, psnr(s.name) + extra, centre=not extra)
        for s in subjects
        for extra in (0, 2)
    ]


def entry(psnr: Callable[[str], float], row: TableRow, factor: int = 4) -> Entry:
    rows = scored(psnr, SUBJECTS)
    return Entry(row, factor, [{k: str(v) for k, v in line.items()} for line in rows])


def better(case: str) -> float:
    return 31 + NOISE[case]


def worse(case: str) -> float:
    return 30.7 + 1.3 * NOISE[case]


def write_scores(units: list[Unit], results: Path, psnr: Callable[[str], float]) -> None:
    runs = results / "runs"
    for unit in units:
        write_rows(scored(psnr, list(unit.test)), scores_of(unit, runs))
        write_summary({"seconds": 1.0}, scores_of(unit, runs).with_suffix(".json"))
    publish(units, runs, results)


L1, L2 = TABLES["table4"].rows


def test_mean_deviation_and_gain_are_those_of_the_slices() -> None:
    line = summary(entry(better, L1), None)
    centre = np.array([better(s.name) for s in SUBJECTS])
    everything = np.concatenate([centre, centre + 2])
    for label, numbers in (("centre", centre), ("all", everything)):
        assert line[f"{label}_slices"] == len(numbers)
        assert line[f"{label}_psnr"] == pytest.approx(numbers.mean())
        assert line[f"{label}_psnr_sd"] == pytest.approx(numbers.std(ddof=1))
        assert line[f"{label}_ssim"] == pytest.approx(numbers.mean() / 100)
        assert line[f"{label}_psnr_inside"] == pytest.approx(numbers.mean() - 5)
        assert line[f"{label}_gain"] == pytest.approx(numbers.mean() - BASE)


def test_the_paper_s_numbers_stand_beside_ours() -> None:
    line = summary(entry(better, L1), None)
    assert (line["paper_psnr"], line["paper_ssim"]) == (34.39, 0.957)
    assert line["paper_gain"] == pytest.approx(34.39 - 29.62)
    own = summary(entry(better, TableRow("ours", PROPOSED)), None)
    assert all(isnan(float(str(own[f"paper_{n}"]))) for n in ("psnr", "ssim", "gain"))


def test_one_slice_has_no_standard_deviation() -> None:
    alone = entry(better, L1)
    line = summary(replace(alone, scored=alone.scored[:1]), None)
    assert isnan(float(str(line["centre_psnr_sd"])))


def test_methods_are_compared_by_wilcoxon_on_pairs() -> None:
    one, two = ([f(s.name) for s in SUBJECTS] for f in (worse, better))
    expected = stats.wilcoxon(one, two).pvalue
    assert 0 < expected < 1
    assert paired_p(entry(worse, L2), entry(better, L1)) == pytest.approx(expected)


def test_pairs_are_matched_by_subject_whatever_their_order() -> None:
    self_ensemble = entry(worse, L2)
    self_ensemble = replace(self_ensemble, scored=self_ensemble.scored[::-1])
    expected = paired_p(entry(worse, L2), entry(better, L1))
    assert paired_p(self_ensemble, entry(better, L1)) == pytest.approx(expected)


def test_a_method_is_not_compared_with_itself() -> None:
    assert isnan(paired_p(entry(better, L1), entry(better, L1)))


def test_each_line_is_tested_against_the_proposed_one_at_its_factor() -> None:
    rows = {row.name: row for row in TABLES["table2"].rows}
    found = [
        entry(worse, rows["ZSSR"], 2), entry(better, rows["proposed"], 2),
        entry(worse, rows["ZSSR"], 4),
    ]  # fmt: skip
    values = [float(str(line["wilcoxon_p"])) for line in summaries(TABLES["table2"], found)]
    assert values[0] == pytest.approx(paired_p(found[0], found[1]))
    assert isnan(values[1])
    assert isnan(values[2]), "nothing to compare with at 4x"


def test_subjects_are_averaged_over_their_slices() -> None:
    found = entry(better, L1).subjects
    assert found == pytest.approx({s.name: better(s.name) + 1 for s in SUBJECTS})


def test_a_cell_is_there_once_all_its_folds_are(whole: Budget, tmp_path: Path) -> None:
    units = units_of(["table4"], whole, SUBJECTS)
    ours = [unit for unit in units if unit.method == L1.method]
    write_scores(ours[:3], tmp_path, better)
    assert entries("table4", whole, SUBJECTS, tmp_path) == []
    assert write_table("table4", whole, SUBJECTS, tmp_path) is None
    write_scores(ours[3:], tmp_path, better)
    (found,) = entries("table4", whole, SUBJECTS, tmp_path)
    assert (found.row, found.factor) == (L1, 4)
    assert sorted(row["case"] for row in found.centre) == [s.name for s in SUBJECTS]


def test_tables_share_what_they_have_in_common(whole: Budget, tmp_path: Path) -> None:
    units = units_of(["table4"], whole, SUBJECTS)
    write_scores([u for u in units if u.method == PROPOSED], tmp_path, better)
    names = {
        name: [e.row.name for e in entries(name, whole, SUBJECTS, tmp_path)]
        for name in ("table2", "table3", "table4", "table5")
    }
    assert names == {
        "table2": ["proposed"], "table3": ["3 stages"], "table4": ["L1"], "table5": ["0 mm"],
    }  # fmt: skip


def test_a_written_table_has_a_line_per_measured_cell(whole: Budget, tmp_path: Path) -> None:
    units = units_of(["table2"], whole, SUBJECTS)
    write_scores([u for u in units if u.method == PROPOSED], tmp_path, better)
    write_scores([u for u in units if u.method == BICUBIC.method], tmp_path, lambda _: BASE)
    path = write_table("table2", whole, SUBJECTS, tmp_path)
    assert path == tmp_path / "table2.md"
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith(("| bicubic", "| proposed"))]
    assert [line.split(" | ")[:2] for line in lines] == [
        ["| bicubic", "2x"], ["| bicubic", "4x"], ["| proposed", "2x"], ["| proposed", "4x"],
    ]  # fmt: skip
    assert f"4 of {2 * len(TABLES['table2'].rows)} cells measured" in text
    assert "34.39 / 0.957" in lines[3]
    assert "+4.77" in lines[3]
    assert lines[2].split(" | ")[5] == "-", "no p for itself"
    columns = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert columns == {9}
    with (tmp_path / "table2.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["method"], row["factor"]) for row in rows] == [
        ("bicubic", "2"), ("bicubic", "4"), ("proposed", "2"), ("proposed", "4"),
    ]  # fmt: skip
    assert float(rows[3]["centre_gain"]) == pytest.approx(
        np.mean([better(s.name) for s in SUBJECTS]) - BASE
    )


def test_a_real_study_makes_a_table(study: SimpleNamespace) -> None:
    found = entries("table2", study.budget, study.subjects, study.results)
    assert [e.row for e in found] == list(TABLES["table2"].rows)
    bicubic = summary(found[0], None)
    assert bicubic["all_gain"] == pytest.approx(0, abs=0.05)
    assert bicubic["centre_slices"] == 1
