"""One case, from files to files: all of them or none, and never an exception."""

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossres.files import sha256
from crossres.io import read
from crossres.workflows.cohort import Job, Outcome, run_job
from crossres.workflows.cohort.maps import sidecar_path
from crossres.workflows.enhance import Request

Jobs = Callable[..., list[Job]]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def sidecar(job: Job) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(job.outputs[1].read_text())
    return content


def test_the_files_of_a_case(jobs: Jobs, tmp_path: Path) -> None:
    [job] = jobs("01", report=True)
    assert run_job(job) == Outcome("sub-01", "made")
    endings = (".html", ".json", ".nii.gz", ".png")
    assert names(tmp_path / "out") == [f"sub-01_res-x2_desc-sr_T2w{ending}" for ending in endings]
    assert read(job.volume).grid.shape == (24, 24, 6)
    assert job.outputs[2].read_bytes().startswith(b"\x89PNG")


def test_the_sidecar_holds_the_keys_of_bids_and_of_enhance(jobs: Jobs) -> None:
    [job] = jobs("01")
    run_job(job)
    content = sidecar(job)
    assert content["Sources"] == [f"bids:raw:sub-01/anat/sub-01_{c}.nii.gz" for c in ("T2w", "T1w")]
    assert content["inputs"]["target"]["sha256"] == sha256(job.request.target)
    assert content["consistency"]["result"] < content["consistency"]["interpolation"]
    assert content["motion"] == "not registered: its header was trusted"
    assert content["command"].startswith("crossres enhance sub-01_T2w.nii.gz --guide sub-01_T1w")
    assert {"writing", "pictures", "total"} <= set(content["timings_seconds"])
    assert content["settings"]["contrasts"] == ["T2w", "T1w"]
    assert str(job.request.target.parent) not in json.dumps(content)


def test_a_job_can_be_sent_anywhere(jobs: Jobs, monkeypatch: Any, tmp_path: Path) -> None:
    [job] = jobs("01")
    monkeypatch.chdir(tmp_path)
    again = pickle.loads(pickle.dumps(job))
    assert again == job
    assert run_job(again).state == "made"


def test_what_is_there_is_kept(jobs: Jobs) -> None:
    [job] = jobs("01")
    run_job(job)
    before = {path: path.stat().st_mtime_ns for path in job.outputs}
    assert run_job(job) == Outcome("sub-01", "kept")
    assert {path: path.stat().st_mtime_ns for path in job.outputs} == before


def test_the_same_bytes_every_time(jobs: Jobs) -> None:
    [one], [two] = jobs("01", out="one"), jobs("01", out="two")
    run_job(one)
    run_job(two)
    assert one.volume.read_bytes() == two.volume.read_bytes()


def test_weights_for_another_contrast_are_warned_of(jobs: Jobs) -> None:
    [job] = jobs("01")
    request = replace(job.request, contrasts=("FLAIR", "T1w"))
    run_job(replace(job, request=request))
    expected = "weights were made for T2w guided by T1w, this is FLAIR guided by T1w"
    assert sidecar(job)["warnings"][-1] == expected


@pytest.mark.parametrize("damage", ["truncated", "no image", "gone"])
def test_a_bad_scan_is_reported_and_leaves_nothing(jobs: Jobs, tmp_path: Path, damage: str) -> None:
    [job] = jobs("01")
    target = job.request.target
    if damage == "gone":
        target.unlink()
    else:
        target.write_bytes(target.read_bytes()[:300] if damage == "truncated" else b"no image")
    outcome = run_job(job)
    assert outcome.state == "failed"
    assert "sub-01_T2w.nii.gz" in outcome.reason
    assert outcome.trace == ""
    assert names(tmp_path / "out") == []


def test_a_defect_of_crossres_is_reported_too(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("crossres.workflows.cohort.case.enhance_files", fail)
    outcome = run_job(jobs("01")[0])
    assert "ZeroDivisionError" in outcome.reason
    assert "Traceback" in outcome.trace


def test_interrupting_takes_back_what_was_begun(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.workflows.cohort.case.write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        run_job(jobs("01")[0])
    assert names(tmp_path / "out") == []


def test_the_rest_of_a_killed_run_is_cleared_away(jobs: Jobs, tmp_path: Path) -> None:
    [job] = jobs("01")
    part = job.volume.with_name(".part-0123456789ab")
    (part / "new").mkdir(parents=True)
    for path in (part / "lock", part / "new" / job.volume.name, *job.outputs[1:3]):
        path.write_text("half")
    assert run_job(job).state == "made"
    assert not part.exists()
    assert sidecar(job)["weights"] == "tiny@1"


def test_the_sidecar_describes_the_volume_beside_it(jobs: Jobs) -> None:
    [job] = jobs("01", report=True)
    run_job(job)
    result = sidecar(job)["result"]
    assert result == {"file": job.volume.name, "sha256": sha256(job.volume)}
    assert sidecar(job)["pictures"] == {path.name: "made" for path in job.outputs[2:]}


def test_a_picture_that_cannot_be_drawn_costs_no_result(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Failed to process string\nwith tex")

    monkeypatch.setattr("crossres.workflows.enhance.report.report_of", fail)
    [job] = jobs("01", report=True)
    assert run_job(job).state == "made"
    assert read(job.volume).data.any()
    states = sidecar(job)["pictures"]
    assert states[job.reports[0].name] == "not made: Failed to process string with tex"
    assert states[job.thumbnail.name] == "made"
    assert run_job(job).state == "kept"
    monkeypatch.undo()
    assert run_job(replace(job, overwrite=True)).state == "made"
    assert job.reports[0].exists()


def test_killed_before_its_pictures_a_case_is_made_again(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    [job] = jobs("01", report=True)
    monkeypatch.setattr("crossres.workflows.cohort.case.write_optional", killed)
    with pytest.raises(SystemExit):
        run_job(job)
    monkeypatch.undo()
    assert read(job.volume).data.any()
    assert set(sidecar(job)["pictures"].values()) == {"pending"}
    assert run_job(job).state == "made"
    assert all(path.exists() for path in job.outputs)


def test_report_and_maps_go_with_the_result_they_belong_to(jobs: Jobs) -> None:
    [job] = jobs("01", report=True, maps=True)
    run_job(job)
    assert job.reports[0].exists()
    residual = job.maps_outputs["residual"]
    plain = replace(job, report=False, maps=False, overwrite=True, request=other_request(job))
    assert run_job(plain).state == "made"
    left = [job.reports[0], residual, sidecar_path(residual)]
    assert [path.exists() for path in left] == [False] * 3


def other_request(job: Job) -> Request:
    """Return a request whose result differs."""
    settings = replace(job.request.settings, back_projection="none")
    return replace(job.request, settings=settings)
