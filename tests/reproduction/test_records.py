"""Results hold their provenance, and older ones are replaced whole."""

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from crossres.reproduction import records as record


def _git(monkeypatch: pytest.MonkeyPatch, changed: str, code: int = 0) -> list[list[str]]:
    """Replace the answers of git, and collect the commands."""
    commands = []

    def answer(words: list[str], *, cwd: Path, **_: object) -> subprocess.CompletedProcess[str]:
        assert cwd.name == "crossres"
        commands.append(words)
        out = "0123456789ab\n" if "rev-parse" in words else changed
        return subprocess.CompletedProcess(words, code, out, "")

    monkeypatch.setattr(subprocess, "run", answer)
    return commands


def test_the_commit_is_marked_where_package_or_studies_were_edited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = _git(monkeypatch, " M training.py\n")
    assert record.commit() == "0123456789ab+changes"
    assert [line[-2:] for line in commands if "status" in line] == [[".", ":/studies"]]


def test_a_clean_commit_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _git(monkeypatch, "")
    assert record.commit() == "0123456789ab"


def test_without_a_repository_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    _git(monkeypatch, "", code=128)
    assert record.commit() == "unknown"


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert record.commit() == "unknown"


def test_provenance_names_command_commit_machine_and_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/crossres", "demo", "-o", "here"])
    found = record.provenance()
    assert found["command"] == "crossres demo -o here"
    assert found["commit"]
    assert "torch" in str(found["machine"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(found["date"]))


def test_a_study_is_named_as_it_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/anywhere/studies/quality.py", "--factor", "4"])
    assert record.provenance()["command"] == "python -m studies.quality --factor 4"
    monkeypatch.setattr("sys.argv", ["/anywhere/studies/peers/__main__.py", "run"])
    assert record.provenance()["command"] == "python -m studies.peers run"
    monkeypatch.setattr("sys.argv", ["crossres", "reproduce", f"--data={Path.home()}/study"])
    assert record.provenance()["command"] == "crossres reproduce --data=~/study"


def test_the_machine_is_described_without_cpuinfo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "_cpu_lines", list)
    assert "cores" in record.machine()


def test_rows_come_back_and_replace_older_ones(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.csv"
    record.write_rows([{"a": 1}], path)
    record.write_rows([{"case": "x, y", "psnr": 30.25}, {"case": "z", "psnr": 31}], path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"case": "x, y", "psnr": "30.25"}, {"case": "z", "psnr": "31"}]


def test_a_summary_carries_its_provenance(tmp_path: Path) -> None:
    path = tmp_path / "new" / "summary.json"
    for value in (1, 2):
        record.write_summary({"mean": {"gain": value}}, path)
    content = json.loads(path.read_text())
    assert content["mean"] == {"gain": 2}
    assert set(content["provenance"]) == {"command", "commit", "machine", "date"}


def test_rows_that_were_written_are_read_as_text(tmp_path: Path) -> None:
    assert record.read_rows(tmp_path / "none.csv") == []
    record.write_rows([{"name": "a, b", "gain": 1.5}], tmp_path / "rows.csv")
    assert record.read_rows(tmp_path / "rows.csv") == [{"name": "a, b", "gain": "1.5"}]


def test_compressed_rows_are_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        path = tmp_path / name / "rows.csv.gz"
        record.write_rows([{"name": "x", "gain": 1.5}], path)
        assert record.read_rows(path) == [{"name": "x", "gain": "1.5"}]
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]
    assert contents[0][:2] == b"\x1f\x8b"


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_rows_of_a_run_are_found_in_the_study_s_table(tmp_path: Path, suffix: str) -> None:
    rows = [{"run": "x2", "gain": 1}, {"run": "x4", "gain": 2}]
    record.write_rows(rows, tmp_path / f"study{suffix}")
    assert record.read_rows(tmp_path / "study" / "x4.csv") == [{"gain": "2"}]
    assert record.read_rows(tmp_path / "study" / "x5.csv") == []
    record.write_rows([{"gain": 3}], tmp_path / "study" / "x4.csv")
    assert record.read_rows(tmp_path / "study" / "x4.csv") == [{"gain": "3"}]


def test_a_summary_is_found_in_the_study_s(tmp_path: Path) -> None:
    assert record.read_summary(tmp_path / "study" / "x2.json") == {}
    (tmp_path / "study.json").write_text(json.dumps({"x2": {"mean": 1}}))
    assert record.read_summary(tmp_path / "study" / "x2.json") == {"mean": 1}
    assert record.read_summary(tmp_path / "study" / "x4.json") == {}
