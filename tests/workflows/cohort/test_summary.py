"""The summary shows all cases there are, whenever they were made, and this run's failures."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossres.report import Report
from crossres.workflows.cohort import (
    Job,
    Outcome,
    run_job,
    write_summary,
)

Jobs = Callable[..., list[Job]]


@pytest.fixture
def out(jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two cases, one of them with an empty report."""
    monkeypatch.setattr("crossres.workflows.cohort.case.report_of", lambda _: Report("Empty", {}))
    [plain], [paged] = jobs("01"), [jobs("01", "02", report=True)[1]]
    assert [run_job(job).state for job in (plain, paged)] == ["made", "made"]
    (tmp_path / "out" / "dataset_description.json").write_text(json.dumps({"Name": "A & B"}))
    return tmp_path / "out"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_page_and_tables(out: Path) -> None:
    outcomes = [Outcome("sub-01", "kept"), Outcome("sub-03", "failed", 'no "guide"\tat all')]
    paths = write_summary(out, outcomes)
    assert paths == [out / name for name in ("index.html", "cases.tsv", "failed.tsv")]
    page = paths[0].read_text()
    assert "A &amp; B" in page
    assert '<a href="sub-02/anat/sub-02_desc-sr_T2w.html">sub-02_T2w</a>' in page
    assert 'src="sub-01/anat/sub-01_desc-sr_T2w.png"' in page
    assert "no &#34;guide&#34;" in page
    rows = table(paths[1])
    assert [row["case"] for row in rows] == ["sub-01_T2w", "sub-02_T2w"]
    assert (rows[0]["factor"], rows[0]["weights"]) == ("2 x 2 x 1", "tiny")
    assert float(rows[0]["consistency_result"]) < float(rows[0]["consistency_interpolation"])
    assert table(paths[2]) == [{"case": "sub-03", "reason": 'no "guide" at all'}]


def test_what_is_damaged_or_without_its_volume_has_no_row(out: Path) -> None:
    (out / "sub-01/anat/sub-01_desc-sr_T2w.json").write_text("{}")
    (out / "sub-02/anat/sub-02_desc-sr_T2w.nii.gz").unlink()
    write_summary(out, [])
    assert table(out / "cases.tsv") == []
    assert table(out / "failed.tsv") == []


def test_a_full_disk_keeps_the_old_ones(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_summary(out, [])
    before = {path: path.read_bytes() for path in out.glob("*.*")}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="free some space"):
        write_summary(out, [Outcome("x", "failed", "y")])
    assert {path: path.read_bytes() for path in out.glob("*.*")} == before
