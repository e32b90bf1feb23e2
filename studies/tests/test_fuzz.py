"""The campaign continues where it stopped, and its table counts each outcome."""

import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from studies import fuzz as study
from typer.testing import CliRunner

from crossres.reproduction.records import read_rows
from fuzz.case import Case, Meaning
from fuzz.oracle import Finding, Outcome


class Planted:
    """Cases that are run by nobody: those with an odd seed are misread."""

    def __init__(self, root: Path) -> None:
        self.root, self.server = root, SimpleNamespace(close=lambda: None)

    def run(self, kind: str, seed: int) -> tuple[Case, Finding]:
        (self.root / f"{kind}-{seed}").mkdir(parents=True)
        outcome = Outcome.SILENT if seed % 2 else Outcome.OK
        changes = ("a name \udcff",)
        return Case(changes, Meaning.SAME, ()), Finding(outcome, f"read {self.root}/x", "wrong")


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "Campaign", Planted)


def run(log: study.Log, root: Path, cases: int) -> None:
    """Run cases until there are so many."""
    stop = threading.Event()
    add = log.add

    def count(row: study.Row) -> None:
        add(row)
        if len(log.rows) >= cases:
            stop.set()

    log.add = count  # type: ignore[method-assign]
    study.run_until(time.monotonic() + 60, log, root, stop)


def test_a_campaign_continues_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    run(study.Log(path, ["nifti", "dicom"]), tmp_path / "a", 3)
    run(study.Log(path, ["nifti", "dicom"]), tmp_path / "b", 6)
    rows = read_rows(path)
    found = sorted((row["kind"], int(row["seed"])) for row in rows)
    assert found == [
        ("dicom", 0),
        ("dicom", 1),
        ("nifti", 0),
        ("nifti", 1),
        ("nifti", 2),
        ("nifti", 3),
    ]
    assert rows[0]["command"] == "read x"
    assert rows[0]["changes"] == "a name \\udcff"


def test_files_of_faults_alone_are_kept(tmp_path: Path) -> None:
    run(study.Log(tmp_path / "cases.csv", ["nifti"]), tmp_path / "a", 4)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["nifti-1", "nifti-3"]


def test_the_table_counts_outcomes_and_lists_seeds(tmp_path: Path) -> None:
    log = study.Log(tmp_path / "cases.csv", ["nifti", "dicom"])
    run(log, tmp_path / "a", 6)
    study.record(log, tmp_path / "out")
    rows = read_rows(tmp_path / "out" / "fuzz.csv")
    assert [(row["kind"], row["cases"], row["ok"], row["SILENT"]) for row in rows] == [
        ("nifti", "3", "2", "1"), ("dicom", "3", "2", "1"),
    ]  # fmt: skip
    summary = json.loads((tmp_path / "out" / "fuzz.json").read_text())
    assert (summary["cases"], summary["faults"]) == (6, 2)
    assert summary["seeds_of_faults"] == {"dicom SILENT": [1], "nifti SILENT": [1]}
    assert summary["provenance"]["commit"]


def test_one_case_is_run_and_kept(tmp_path: Path) -> None:
    application = typer.Typer()
    application.command()(study.main)
    words = ["--kind", "view", "--work", str(tmp_path), "--seed"]
    found = [CliRunner().invoke(application, [*words, seed]) for seed in "23"]
    assert [result.exit_code for result in found] == [0, 1]
    assert "view | 3 | SILENT" in found[1].stdout
    assert (tmp_path / "single" / "view-2").is_dir()


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="nifti"):
        study.main(kind="x", work=tmp_path)
