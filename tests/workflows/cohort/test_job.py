"""A job lists its files, and removes only those that belong to it."""

import pickle
from pathlib import Path

import pytest

from crossres.workflows.cohort import Job
from crossres.workflows.enhance import Request

NAME = "sub-1_desc-sr_T2w"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    request = Request(Path("T2.nii.gz"), Path("T1.nii.gz"), (2.0,), contrasts=("T2w", "T1w"))
    return Job("sub-1", request, tmp_path / f"{NAME}.nii.gz")


def with_report(job: Job) -> Job:
    return Job(job.name, job.request, job.volume, report=True)


def test_volume_sidecar_thumbnail_and_report(job: Job) -> None:
    endings = (".nii.gz", ".json", ".png", ".html")
    expected = [job.volume.with_name(NAME + ending) for ending in endings]
    assert job.outputs == expected[:3]
    assert with_report(job).outputs == expected


def test_the_maps_of_a_guided_case(job: Job) -> None:
    assert job.maps_outputs["guide"].name == "sub-1_desc-srguideT2w_T1w.nii.gz"
    unguided = Job("sub-1", Request(Path("T2.nii.gz"), factor=(2.0,)), job.volume)
    assert "guide" not in unguided.maps_outputs


def test_a_job_can_be_sent_to_another_process(job: Job) -> None:
    assert pickle.loads(pickle.dumps(job)) == job


def test_report_and_maps_of_an_earlier_result_go_with_it(job: Job) -> None:
    report, residual = with_report(job).outputs[-1], job.maps_outputs["residual"]
    sidecar = residual.with_name(residual.name.replace(".nii.gz", ".json"))
    for path in (job.volume, report, residual, sidecar):
        path.touch()
    report.write_text('<meta name="generator" content="crossres">')
    assert job.companions(but=[job.volume, residual]) == sorted([report, sidecar])


def test_a_page_of_the_user_stays(job: Job) -> None:
    report = with_report(job).outputs[-1]
    report.write_text("<p>my notes</p>")
    assert job.companions(but=[job.volume]) == []
