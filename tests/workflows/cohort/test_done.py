"""Files count as done if they came from these inputs and settings, and from no others."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import pytest

from crossres.types import CrossresError, FileFormatError, OutputExistsError
from crossres.weights import load_weights, read_card, save_weights
from crossres.workflows.cohort import Job, run_job
from crossres.workflows.cohort.done import is_done, restate
from crossres.workflows.enhance import Request

Jobs = Callable[..., list[Job]]


@pytest.fixture
def done(jobs: Jobs) -> Job:
    """Return a job that is done."""
    [job] = jobs("01")
    assert run_job(job).state == "made"
    return job


def enhanced_with(job: Job, **changes: Any) -> Request:
    """Return the request of a job with other settings of the method."""
    return replace(job.request, settings=replace(job.request.settings, **changes))


def refused(job: Job, word: str) -> None:
    """Check that a job may not go on, unless it may replace."""
    with pytest.raises(CrossresError, match=rf"{word}.*; set `overwrite`"):
        is_done(job)
    assert not is_done(replace(job, overwrite=True))
    before = job.volume.read_bytes() if job.volume.exists() else None
    assert run_job(job).state == "failed"
    assert (job.volume.read_bytes() if job.volume.exists() else None) == before
    assert run_job(replace(job, overwrite=True)).state == "made"
    assert is_done(job)


def test_nothing_is_there(jobs: Jobs) -> None:
    assert not is_done(jobs("01")[0])


def test_all_is_there(done: Job) -> None:
    assert is_done(done)
    assert is_done(replace(done, overwrite=True, threads=2))
    assert is_done(replace(done, request=enhanced_with(done, batch=3, device="cpu")))


@pytest.mark.parametrize("role", ["target", "guide"])
def test_a_scan_was_changed(done: Job, tiny_scans: dict[str, Path], role: str) -> None:
    shutil.copy(tiny_scans["FLAIR"], getattr(done.request, role))
    refused(done, role)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"seed": 3}, "seed"),
        ({"back_projection": "none"}, "back_projection"),
        ({"noise": 0.1}, "noise"),
        ({"ensemble": True}, "ensemble"),
        ({"keep_guide": True}, "keep_guide"),
        ({"guide_influence": True}, "guide_influence"),
        ({"trust": "qform"}, "trust"),
    ],
)
def test_a_setting_of_the_method_was_changed(done: Job, changes: dict[str, Any], word: str) -> None:
    refused(replace(done, request=enhanced_with(done, **changes)), word)


def test_the_start_of_the_registration_was_changed(done: Job) -> None:
    changed = replace(done, request=enhanced_with(done, register=True, start="centres"))
    with pytest.raises(OutputExistsError, match="another register, start; set `overwrite`"):
        is_done(changed)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"factor": (1.5,)}, "factor"),
        ({"factor": None, "spacing": (2.0,)}, "factor, spacing"),
        ({"contrasts": ("PDw", "T1w")}, "contrasts"),
    ],
)
def test_the_grid_or_the_contrasts_were_changed(
    done: Job, changes: dict[str, Any], word: str
) -> None:
    refused(replace(done, request=replace(done.request, **changes)), word)


def test_the_guide_was_taken_away(done: Job, tiny_weights: SimpleNamespace) -> None:
    request = replace(done.request, guide=None, weights=(str(tiny_weights.unguided),))
    refused(replace(done, request=request), "guide, set of weights")


def test_three_axes_take_two_sets_of_weights(jobs: Jobs, tiny_weights: SimpleNamespace) -> None:
    [job] = jobs("01", factor=(2.0, 2.0, 2.0), weights=())
    assert run_job(job).state == "made"
    assert is_done(job)
    assert is_done(replace(job, request=replace(job.request, weights=("t1-t2-axial-x2",))))
    both = ("t1-t2-axial-x2", str(tiny_weights.guided))
    refused(replace(job, request=replace(job.request, weights=both)), "set of weights")


def test_another_version(done: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads(done.outputs[1].read_text())
    content["versions"]["crossres"] = "0.0.1"
    done.outputs[1].write_text(json.dumps(content))
    refused(done, "version of crossres")


def test_the_name_of_the_weights_without_a_version_is_that_of_an_earlier_crossres(
    done: Job,
) -> None:
    content = json.loads(done.sidecar.read_text())
    assert content["weights"] == "tiny@1"
    done.sidecar.write_text(json.dumps({**content, "weights": "tiny"}))
    assert is_done(done)


def test_other_weights_of_the_same_name_are_another_set(done: Job, tmp_path: Path) -> None:
    [name] = done.request.weights
    newer = tmp_path / Path(name).name
    card = read_card(name).model_copy(update={"version": 2})
    save_weights(load_weights(name), card, newer)
    refused(replace(done, request=replace(done.request, weights=(str(newer),))), "set of weights")


def test_a_report_is_required_now(done: Job) -> None:
    refused(replace(done, report=True), "has no report, drawn only while")


def test_maps_are_required_now(done: Job) -> None:
    refused(replace(done, maps=True), "has no maps, drawn only while")


def test_a_report_is_required_with_other_settings(done: Job) -> None:
    request = replace(done.request, settings=replace(done.request.settings, seed=5))
    refused(replace(done, request=request, report=True), "another seed, choice of `report`")


def test_a_map_is_gone(done: Job) -> None:
    mapped = replace(done, maps=True, overwrite=True)
    run_job(mapped)
    assert is_done(mapped)
    assert is_done(done), "maps that are not required do not matter"
    mapped.maps_outputs["residual"].unlink()
    refused(replace(mapped, overwrite=False), "has no maps")


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"factors": []}'])
def test_a_damaged_sidecar(done: Job, text: str | None) -> None:
    if text is None:
        done.outputs[1].unlink()
    else:
        done.outputs[1].write_text(text)
    refused(done, rf"{done.outputs[1].name}.*")


def test_a_volume_whose_content_is_not_there(done: Job) -> None:
    done.volume.unlink()
    done.volume.symlink_to("nowhere")
    refused(done, "its link is broken")


def test_other_files_without_the_volume_are_the_rest_of_a_killed_run(done: Job) -> None:
    done.volume.unlink()
    assert not is_done(done)
    assert run_job(done).state == "made"


def test_a_scan_that_is_gone(done: Job) -> None:
    done.request.target.unlink()
    with pytest.raises(FileFormatError, match="cannot read"):
        is_done(done)


def test_the_volume_is_not_the_one_that_the_sidecar_describes(done: Job) -> None:
    image = nib.load(done.volume)
    nib.save(nib.Nifti1Image(image.get_fdata() + 1, image.affine), done.volume)
    refused(done, "volume")


@pytest.mark.parametrize("name", ["result", "pictures"])
def test_a_sidecar_of_an_earlier_version_is_no_proof(done: Job, name: str) -> None:
    content = json.loads(done.sidecar.read_text())
    del content[name]
    done.sidecar.write_text(json.dumps(content))
    with pytest.raises(FileFormatError, match=f"no sidecar of a result .{name}: .*`overwrite`"):
        is_done(done)
    assert run_job(replace(done, overwrite=True)).state == "made"


def test_a_result_that_is_kept_is_restated_with_its_maps(jobs: Jobs) -> None:
    [job] = jobs("01", maps=True)
    assert run_job(job).state == "made"
    sidecars = sorted(job.volume.parent.glob("*.json"))
    before = [json.loads(path.read_text()) for path in sidecars]
    restate(job)
    assert [json.loads(path.read_text()) for path in sidecars] == before
    [stated] = jobs("01", maps=True, skull_stripped=True)
    restate(stated)
    after = [json.loads(path.read_text()) for path in sidecars]
    assert after == [{**content, "SkullStripped": True} for content in before]
    assert len(after) > 2
