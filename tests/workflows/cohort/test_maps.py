"""The maps of a case have BIDS names beside its volume, and can be viewed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crossres.inference import EnhanceSettings
from crossres.io import read
from crossres.types import FileFormatError
from crossres.viewer import open_result
from crossres.workflows.cohort import Job, run_job
from crossres.workflows.cohort.maps import map_paths

Jobs = Callable[..., list[Job]]
IMAGES = {"input", "interpolated", "guide", "difference", "residual"}


@pytest.fixture
def mapped(jobs: Jobs) -> Job:
    """Return a job that is done, with maps."""
    [job] = jobs("01", maps=True)
    assert run_job(job).state == "made"
    return job


def test_names() -> None:
    paths = map_paths(Path("out/sub-1_acq-x_res-x4_desc-sr_FLAIR.nii.gz"), "T1w")
    assert paths["residual"] == Path("out/sub-1_acq-x_res-x4_desc-srresidual_FLAIR.nii.gz")
    assert paths["guide"] == Path("out/sub-1_acq-x_res-x4_desc-srguideFLAIR_T1w.nii.gz")
    other = map_paths(Path("out/sub-1_acq-x_res-x4_desc-sr_T2w.nii.gz"), "T1w")
    assert not set(paths.values()) & set(other.values())
    assert "guide" not in map_paths(Path("out/sub-1_desc-sr_T2w.nii.gz"), None)


def test_every_map_has_a_sidecar_of_bids(mapped: Job) -> None:
    content = json.loads(mapped.outputs[1].read_text())
    files = [mapped.volume.with_name(entry["file"]) for entry in content["maps"]["volumes"]]
    assert set(files) == {mapped.maps_outputs[name] for name in IMAGES}
    for file in files:
        described = json.loads(file.with_name(file.name.replace(".nii.gz", ".json")).read_text())
        assert described["Sources"] == content["Sources"]
        assert described["Description"] != content["Description"]
        on_scan = any(name in file.name for name in ("srinput", "srresidual"))
        assert ("those of the scan" in described["Resolution"]) == on_scan


def test_they_are_viewed_as_those_of_enhance(mapped: Job) -> None:
    shown = open_result(mapped.volume)
    assert {entry.name for entry in shown.maps.volumes} == IMAGES
    assert shown.sidecar is not None
    assert "maps" not in shown.sidecar
    assert set(shown.files.values()) == {
        mapped.volume, *(mapped.maps_outputs[name] for name in IMAGES)
    }  # fmt: skip
    added = read(mapped.volume).data - read(mapped.maps_outputs["interpolated"]).data
    difference = read(mapped.maps_outputs["difference"]).data
    assert np.abs(difference - added).max() < 1e-3 * added.max()


def test_a_volume_that_was_changed_is_not_shown_with_them(mapped: Job) -> None:
    mapped.volume.write_bytes(mapped.maps_outputs["interpolated"].read_bytes())
    with pytest.raises(FileFormatError, match="made for another"):
        open_result(mapped.volume)


def test_maps_of_a_noisy_case_refer_to_the_scan_as_it_was_given(jobs: Jobs) -> None:
    settings = EnhanceSettings(register=False, noise=40.0)
    [job] = jobs("01", maps=True, enhance=settings)
    assert run_job(job).state == "made"
    content = json.loads(job.outputs[1].read_text())
    assert (content["noise"]["source"], content["noise"]["denoised"]) == ("given", True)
    scan = read(job.request.target)
    shown, residual = (read(job.maps_outputs[name]).data for name in ("input", "residual"))
    np.testing.assert_array_equal(shown, scan.data)
    error = np.linalg.norm(residual[scan.data != 0]) / np.linalg.norm(scan.data)
    assert error == pytest.approx(content["consistency"]["result"], rel=0.01)
    assert error > 0.01


def test_the_error_is_predicted_where_the_scan_is_not_too_small(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossres.inference.predicted_error.LEAST_VOXELS", 1)
    [job] = jobs("01", maps=True)
    assert run_job(job).state == "made"
    made = {name for name, path in job.maps_outputs.items() if path.exists()}
    assert made == {*IMAGES, "predicted_error"}
    content = json.loads(job.sidecar.read_text())
    assert content["predicted_error"]["level"] == 0.9


def test_the_influence_of_the_guide_requires_unguided_weights(jobs: Jobs) -> None:
    [job] = jobs("01", maps=True, enhance=EnhanceSettings(register=False, guide_influence=True))
    assert run_job(job).state == "made"
    made = {name for name, path in job.maps_outputs.items() if path.exists()}
    assert made == IMAGES, "no unguided weights are known for these"


def test_what_is_made_anew_without_maps_loses_those_of_before(
    mapped: Job, tiny_weights: SimpleNamespace
) -> None:
    request = replace(
        mapped.request, guide=None, weights=(str(tiny_weights.unguided),), contrasts=("T2w", None)
    )
    plain = replace(mapped, request=request, maps=False, overwrite=True)
    other = mapped.volume.with_name("sub-01_res-x2_desc-srresidual_FLAIR.nii.gz")
    other.write_text("of another target")
    assert run_job(plain).state == "made"
    left = sorted(path.name for path in mapped.volume.parent.iterdir())
    ours = [f"sub-01_res-x2_desc-sr_T2w{ending}" for ending in (".json", ".nii.gz", ".png")]
    assert left == [*ours, other.name]


def test_interrupting_leaves_none(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.workflows.cohort.case.write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        run_job(jobs("01", maps=True)[0])
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
