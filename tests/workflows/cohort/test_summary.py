"""The summary shows all cases there are, whenever they were made, and this run's failures."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossres.inference import EnhanceSettings
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
    monkeypatch.setattr(
        "crossres.workflows.enhance.report.report_of",
        lambda _, content: Report("Empty", {}, metadata=content),
    )
    [plain], [paged] = jobs("01"), [jobs("01", "02", report=True)[1]]
    assert [run_job(job).state for job in (plain, paged)] == ["made", "made"]
    (tmp_path / "out" / "dataset_description.json").write_text(json.dumps({"Name": "A & B"}))
    return tmp_path / "out"


@pytest.fixture
def results(tmp_path: Path, sidecar: dict[str, Any]) -> Path:
    """Return a folder with the sidecars of two cases, whose volumes and pictures are empty."""
    for subject in ("01", "02"):
        stem = tmp_path / f"sub-{subject}/anat/sub-{subject}_desc-sr_T2w"
        stem.parent.mkdir(parents=True)
        stem.with_suffix(".json").write_text(json.dumps(sidecar))
        for ending in (".nii.gz", ".png"):
            stem.with_suffix(ending).touch()
    (tmp_path / "dataset_description.json").write_text(json.dumps({"Name": "A & B"}))
    return tmp_path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_page_and_tables(out: Path) -> None:
    outcomes = [Outcome("sub-01", "kept"), Outcome("sub-03", "failed", 'no "guide"\tat all')]
    paths = write_summary(out, outcomes)
    assert [path.name for path in paths] == ["index.html", "cases.tsv", "cases.json", "failed.tsv"]
    page = paths[0].read_text()
    assert "A &amp; B" in page
    assert '<a href="sub-02/anat/sub-02_res-x2_desc-sr_T2w.html">sub-02_res-x2_T2w</a>' in page
    assert 'src="sub-01/anat/sub-01_res-x2_desc-sr_T2w.png"' in page
    assert "no &#34;guide&#34;" in page
    rows = table(paths[1])
    assert [row["case"] for row in rows] == ["sub-01_res-x2_T2w", "sub-02_res-x2_T2w"]
    assert (rows[0]["factor"], rows[0]["weights"]) == ("2 x 2 x 1", "tiny@1")
    assert float(rows[0]["consistency_result"]) < float(rows[0]["consistency_interpolation"])
    assert (rows[0]["guide_left_out"], rows[0]["guide_displacement_mm"]) == ("false", "n/a")
    assert 0 < float(rows[0]["edge_share_from_scan"]) < 1
    recorded = json.loads((out / "sub-01/anat/sub-01_res-x2_desc-sr_T2w.json").read_text())
    assert rows[0]["verdict"] == recorded["verdict"]["level"]
    [residual] = [c["value"] for c in recorded["checks"] if c["name"] == "residual_in_head"]
    assert float(rows[0]["residual"]) == pytest.approx(residual, abs=1e-6)
    assert table(paths[3]) == [{"case": "sub-03", "reason": 'no "guide" at all'}]


def test_every_column_is_described(results: Path) -> None:
    write_summary(results, [])
    described = json.loads((results / "cases.json").read_text())
    assert list(described) == list(table(results / "cases.tsv")[0])
    assert all(entry["Description"] for entry in described.values())
    assert (described["seconds"]["Units"], described["noise"]["Units"]) == ("s", "1")


def test_the_noise_of_a_case_that_was_made_is_listed(jobs: Jobs, tmp_path: Path) -> None:
    [job] = jobs("01", enhance=EnhanceSettings(register=False, device="cpu", noise=40.0))
    assert run_job(job).state == "made"
    write_summary(tmp_path / "out", [])
    [row] = table(tmp_path / "out/cases.tsv")
    recorded = json.loads(job.outputs[1].read_text())["noise"]
    assert float(row["noise"]) == pytest.approx(recorded["share"], abs=1e-6)
    assert recorded["deviation"] == 40


@pytest.mark.parametrize(
    ("noise", "cell"),
    [
        (None, "n/a"),
        ({"deviation": 0.0, "share": 0.0, "source": "none", "denoised": False}, "n/a"),
        ({"deviation": 0.0, "share": 0.0, "source": "given", "denoised": False}, "0.000000"),
        ({"deviation": 12.5, "share": 0.0312, "source": "air", "denoised": True}, "0.031200"),
    ],
)
def test_noise_is_a_number_where_it_was_found(
    results: Path, sidecar: dict[str, Any], noise: object, cell: str
) -> None:
    """Sidecars of earlier versions have none."""
    content = sidecar if noise is None else {**sidecar, "noise": noise}
    (results / "sub-01/anat/sub-01_desc-sr_T2w.json").write_text(json.dumps(content))
    write_summary(results, [])
    assert table(results / "cases.tsv")[0]["noise"] == cell


@pytest.mark.parametrize(
    ("entry", "cell"),
    [
        ({"level": 0.9, "quantile": 1.6, "median_share": 0.048}, "4.800000"),
        ({"not_predicted": "several scans were joined"}, "n/a"),
        (None, "n/a"),
    ],
)
def test_the_predicted_error_is_a_number_where_there_is_one(
    results: Path, sidecar: dict[str, Any], entry: object, cell: str
) -> None:
    content = sidecar if entry is None else {**sidecar, "predicted_error": entry}
    (results / "sub-01/anat/sub-01_desc-sr_T2w.json").write_text(json.dumps(content))
    [page, *_] = write_summary(results, [])
    assert table(results / "cases.tsv")[0]["predicted_error_median_percent"] == cell
    assert ("4.80\u00a0%" in page.read_text()) is (cell != "n/a")


def test_motion_and_gains_are_numbers(results: Path, sidecar: dict[str, Any]) -> None:
    sidecar["passes"][0]["self_validation_gain_db"] = {"guided": 4.149, "plain": 3.113}
    moved = {"displacement_mm": 1.25, "rotation_deg": 0.5, "rim_kept": False}
    content = {**sidecar, "registration": moved, "guide_left_out": True}
    (results / "sub-01/anat/sub-01_desc-sr_T2w.json").write_text(json.dumps(content))
    write_summary(results, [])
    first, second = table(results / "cases.tsv")
    assert (first["guide_displacement_mm"], first["guide_rotation_deg"]) == ("1.250000", "0.500000")
    assert first["self_validation_gain_db_guided"] == "4.149000"
    assert first["self_validation_gain_db_unguided"] == "3.113000"
    assert (first["guide_left_out"], second["guide_left_out"]) == ("true", "false")
    # Sidecars of earlier versions hold less.
    assert [second[name] for name in ("verdict", "residual", "inferred_rms")] == ["n/a"] * 3


def test_a_result_without_its_volume_has_no_row(results: Path) -> None:
    (results / "sub-02/anat/sub-02_desc-sr_T2w.nii.gz").unlink()
    write_summary(results, [])
    assert [row["case"] for row in table(results / "cases.tsv")] == ["sub-01_T2w"]
    assert table(results / "failed.tsv") == []


@pytest.mark.parametrize("text", [None, "", "{}", "[" * 10_000, '{"warnings": 5}', "\ud800"])
def test_a_result_whose_sidecar_cannot_be_read_is_listed_as_failed(
    results: Path, text: str | None
) -> None:
    sidecar = results / "sub-01/anat/sub-01_desc-sr_T2w.json"
    sidecar.unlink()
    if text is not None:
        sidecar.write_text(text, errors="surrogatepass")
    write_summary(results, [])
    assert [row["case"] for row in table(results / "cases.tsv")] == ["sub-02_T2w"]
    [failure] = table(results / "failed.tsv")
    assert failure["case"] == "sub-01_T2w"
    assert "sub-01/anat/sub-01_desc-sr_T2w.json" in failure["reason"]
    assert str(results) not in failure["reason"]
    assert "<td>" in (results / "index.html").read_text()


@pytest.mark.parametrize("text", [None, "{", '{"Name": 5}', "{}", '{"Name": "sch\\ud800del"}'])
def test_any_description_gives_a_page(results: Path, text: str | None) -> None:
    description = results / "dataset_description.json"
    description.unlink()
    if text is not None:
        description.write_text(text)
    write_summary(results, [])
    named = text is not None and "del" in text
    title = r"sch\ud800del" if named else "Scans enhanced by crossres"
    assert f"<h1>{title}</h1>" in (results / "index.html").read_text()


def test_names_with_any_characters_are_escaped(results: Path) -> None:
    reason = "<b>a\tb\nc\r\u2028</b> sch\udce4del"
    (results / "sub-01").rename(results / "sub-\udce4")
    write_summary(results, [Outcome("<i>\t\udce4", "failed", reason)])
    [failure] = table(results / "failed.tsv")
    assert failure == {"case": r"<i> \xe4", "reason": r"<b>a b c </b> sch\xe4del"}
    page = (results / "index.html").read_text(encoding="utf-8")
    assert r"&lt;i&gt;" in page
    assert "<b>a" not in page
    assert 'src="sub-%E4/anat/sub-01_desc-sr_T2w.png"' in page


def test_a_full_disk_keeps_the_old_ones(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_summary(out, [])
    before = {path: path.read_bytes() for path in out.glob("*.*")}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="free some space"):
        write_summary(out, [Outcome("x", "failed", "y")])
    assert {path: path.read_bytes() for path in out.glob("*.*")} == before
