"""A plan holds every case; running it continues past failures and repeats nothing."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from crossres.inference import EnhanceSettings
from crossres.io import BidsDataset
from crossres.types import SettingsError, WeightsError
from crossres.workflows.cohort import (
    CohortSettings,
    Job,
    Outcome,
    Plan,
    Selection,
    check_settings,
    plan,
    run,
    run_job,
)
from crossres.workflows.cohort.outcome import Outcomes

Build = Callable[..., Path]
T2_FOR_T1 = Selection("T2w", "T1w")


@pytest.fixture
def planned(build: Build, tiny_weights: SimpleNamespace, tmp_path: Path) -> Plan:
    """Return the plan for three cases, the last of which has no guide."""
    names = [f"sub-{s}/anat/sub-{s}_{c}" for s in ("01", "02") for c in ("T1w", "T2w")]
    root = build(*names, "sub-03/anat/sub-03_T2w")
    settings = CohortSettings(
        factor=(2.0,),
        weights=(str(tiny_weights.guided),),
        enhance=EnhanceSettings(register=False, device="cpu"),
    )
    return plan(BidsDataset(root), tmp_path / "out", T2_FOR_T1, settings)


class Recorder:
    """An engine that records its jobs and runs them."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, jobs: Sequence[Job]) -> Outcomes:
        self.given = [job.name for job in jobs]
        yield from map(run_job, jobs)


def states(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.name, outcome.state) for outcome in outcomes]


def test_a_job_per_case_and_a_failure_per_lonely_target(planned: Plan) -> None:
    assert [job.name for job in planned.jobs] == ["sub-01", "sub-02"]
    assert [failure.name for failure in planned.failures] == ["sub-03"]
    for job in planned.jobs:
        [weights] = job.request.weights
        paths = (job.volume, job.request.target, job.request.guide, Path(weights))
        assert all(path is not None and path.is_absolute() for path in paths)


def test_names_of_shipped_weights_stay_names(planned: Plan, tmp_path: Path) -> None:
    settings = CohortSettings(factor=(2.0,), weights=("t1-t2-axial-x2",))
    again = plan(planned.dataset, tmp_path / "out", T2_FOR_T1, settings)
    assert again.jobs[0].request.weights == ("t1-t2-axial-x2",)


def test_a_version_that_is_not_shipped_is_a_file_or_refused(
    planned: Plan, tmp_path: Path, tiny_weights: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weights(name: str) -> tuple[str, ...]:
        settings = CohortSettings(factor=(2.0,), weights=(name,))
        again = plan(planned.dataset, tmp_path / "out", T2_FOR_T1, settings)
        return again.jobs[0].request.weights

    assert weights("t1-t2-axial-x2@2") == ("t1-t2-axial-x2@2",)
    with pytest.raises(WeightsError, match="'t1-t2-axial-x2@1' are not in the package"):
        weights("t1-t2-axial-x2@1")
    monkeypatch.chdir(tmp_path)
    shutil.copy(tiny_weights.guided, "t1-t2-axial-x2@1")
    assert weights("t1-t2-axial-x2@1") == (str(tmp_path / "t1-t2-axial-x2@1"),)


def test_only_what_is_left_is_done(planned: Plan) -> None:
    run_job(planned.jobs[0])
    engine, reported = Recorder(), []
    outcomes = run(planned, engine, progress=lambda done, count: reported.append((done, count)))
    assert engine.given == ["sub-02"]
    assert states(outcomes) == [("sub-01", "kept"), ("sub-02", "made"), ("sub-03", "failed")]
    assert reported == [(1, 2), (2, 2)]
    run(planned, engine, progress=lambda *_: None)
    assert engine.given == []


def test_a_set_that_a_killed_run_left_is_completed_before_it_is_judged(planned: Plan) -> None:
    job = planned.jobs[0]
    run_job(job)
    room = job.volume.parent / ".part-0123456789ab"
    (room / "new").mkdir(parents=True)
    (room / "lock").touch()
    paths = {"new": f"new/{job.sidecar.name}", "path": f"../{job.sidecar.name}", "old": "old/x"}
    entry = {**paths, "overwrite": True, "is_removal": False}
    (room / "journal.json").write_text(json.dumps([entry]))
    job.sidecar.rename(room / paths["new"])
    job.sidecar.write_text("of the earlier volume")
    outcomes = run(planned, Recorder(), progress=lambda *_: None)
    assert states(outcomes)[0] == ("sub-01", "kept")
    assert not room.exists()


def test_other_settings_fail_before_any_engine_runs(planned: Plan) -> None:
    run_job(planned.jobs[0])
    jobs = [replace(job, request=replace(job.request, factor=(3.0,))) for job in planned.jobs]
    engine = Recorder()
    outcomes = run(replace(planned, jobs=jobs[:1]), engine, progress=lambda *_: None)
    assert engine.given == []
    assert "was made with another factor; set `overwrite`" in outcomes[0].reason


def test_a_defect_in_the_check_of_one_case_stops_no_other(
    planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_done(job: Job) -> bool:
        if job.name == "sub-01":
            raise IndexError("list index out of range")
        return True

    monkeypatch.setattr(sys.modules["crossres.workflows.cohort.plan"], "is_done", is_done)
    outcomes = run(planned, Recorder(), progress=lambda *_: None)
    assert states(outcomes)[:2] == [("sub-01", "failed"), ("sub-02", "kept")]
    assert "a defect of crossres, report it" in outcomes[0].reason


def test_reasons_name_no_folders(planned: Plan) -> None:
    planned.jobs[0].request.target.write_text("no image")
    bad = run(planned, Recorder(), progress=lambda *_: None)[0]
    assert bad.reason.startswith("sub-01/anat/sub-01_T2w.nii.gz is not a NIfTI file")


def test_leaving_early_closes_the_engine(planned: Plan) -> None:
    closed = []

    def engine(jobs: Sequence[Job]) -> Outcomes:
        try:
            yield Outcome(jobs[0].name, "made")
        finally:
            closed.append(True)

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(planned, engine, progress=stop)
    assert closed == [True]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factor": (2.0,), "spacing": (1.0,)}, "were both given"),
        ({"factor": (0.5,)}, "out of range"),
        ({"factor": (1.0, 1.0, 1.0)}, "changes nothing"),
        ({"factor": (2.0, 2.0)}, "three numbers"),
    ],
)
def test_settings_that_fail_for_every_case(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        check_settings(T2_FOR_T1, CohortSettings(**changes))  # type: ignore[arg-type]


def test_weights_that_fail_for_every_case(tiny_weights: SimpleNamespace) -> None:
    guided, unguided = str(tiny_weights.guided), str(tiny_weights.unguided)
    for weights, guide in (("nothing", "T1w"), (guided, None), (unguided, "T1w")):
        with pytest.raises(WeightsError):
            check_settings(
                Selection("T2w", guide), CohortSettings(spacing=(1.0,), weights=(weights,))
            )
    check_settings(T2_FOR_T1, CohortSettings(spacing=(1.0,), weights=(guided,)))
