"""Runs of a study become one table and one summary, and are found there by their old names."""

from pathlib import Path

import pytest
from studies import collect as collecting
from studies.collect import collect

from crossres.reproduction.records import read_rows, read_summary, write_rows, write_summary


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return the folder of a study of two runs, the second with a column of its own."""
    folder = tmp_path / "quality"
    write_rows([{"case": "a", "psnr": 1.5}, {"case": "b", "psnr": 2}], folder / "x2.csv")
    write_rows([{"case": "a", "psnr": 3, "gain": 1}], folder / "x4.csv")
    write_summary({"mean": 1.75}, folder / "x2.json")
    return folder


def test_rows_and_summaries_are_found_as_before(study: Path) -> None:
    before = {name: read_rows(study / f"{name}.csv") for name in ("x2", "x4")}
    summary = read_summary(study / "x2.json")
    assert collect(study) == [study.with_suffix(".csv"), study.with_suffix(".json")]
    assert not study.exists()
    for name, rows in before.items():
        found = read_rows(study / f"{name}.csv")
        assert [{column: row[column] for column in rows[0]} for row in found] == rows
    assert read_rows(study / "x2.csv")[0]["gain"] == ""
    assert read_summary(study / "x2.json") == summary
    assert read_summary(study / "x4.json") == {}


def test_a_run_that_is_repeated_replaces_its_rows_alone(study: Path) -> None:
    collect(study)
    write_rows([{"case": "c", "psnr": 9}], study / "x2.csv")
    collect(study)
    assert [row["psnr"] for row in read_rows(study / "x2.csv")] == ["9"]
    assert [row["psnr"] for row in read_rows(study / "x4.csv")] == ["3"]
    assert read_summary(study / "x2.json")["mean"] == 1.75


def test_large_tables_are_compressed_and_stay_so(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "LARGE", 10)
    packed = study.with_name("quality.csv.gz")
    assert collect(study)[0] == packed
    assert packed.read_bytes().startswith(b"\x1f\x8b")
    monkeypatch.undo()
    write_rows([{"case": "c", "psnr": 9}], study / "x8.csv")
    assert collect(study) == [packed]
    assert [len(read_rows(study / f"{name}.csv")) for name in ("x2", "x4", "x8")] == [2, 1, 1]


def test_pictures_stay(study: Path) -> None:
    (study / "x2.png").touch()
    collect(study)
    assert list(study.iterdir()) == [study / "x2.png"]
