"""The sidecar records every pass, and weights by the checksum of their file."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.files import sha256
from crossres.inference import Candidate, Enhanced
from crossres.inference.joined_scan import JoinedScan
from crossres.io import Input
from crossres.physics import AxisResolution
from crossres.registration import Registration, RigidTransform
from crossres.types import CrossresWarning
from crossres.volume import Background
from crossres.weights import load_weights
from crossres.workflows.enhance import EnhancedFiles, Request, enhance, enhance_files
from crossres.workflows.enhance.sidecar import sidecar_of

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
Make = Callable[..., Request]


def recorded(done: EnhancedFiles, **changes: Any) -> Any:
    """Return the sidecar as JSON, of a result that is changed first."""
    return sidecar_of(done.request, done.inputs, replace(done.enhanced, **changes))


def test_both_passes_are_recorded(make: Make, tiny_weights: SimpleNamespace) -> None:
    with pytest.warns(CrossresWarning, match=r"^across the slices: weights are for slices coarse"):
        done = enhance_files(make())
    content: Any = json.loads(json.dumps(done.sidecar, default=list))
    assert content["factors"] == [2, 2, 2]
    assert content["weights"] == "tiny@1, then tiny@1"
    first, second = content["passes"]
    assert (first["factors"], second["factors"]) == ([2, 2, 1], [1, 1, 2])
    for made in (first, second):
        assert made["weights_sha256"] == sha256(tiny_weights.guided)
        assert made["consistency"]["result"] < made["consistency"]["interpolation"]
        assert 0 <= made["consistency"]["at_bounds"] < 0.1
        assert made["guide_left_out"] is False
    assert content["consistency"]["at_bounds"] == done.enhanced.consistency.at_bounds
    assert len(content["warnings"]) == len(set(content["warnings"]))


def test_the_only_pass_is_recorded_on_the_first_level_too(make: Make) -> None:
    content: Any = enhance_files(make(factor=(2, 2, 1), weights=())).sidecar
    (made,) = content["passes"]
    for name in (
        "weights_sha256", "weights_reason", "weights_unguided", "self_validation_gain_db",
        "guide_power",
    ):  # fmt: skip
        assert content[name] == made[name]
    assert made["weights_reason"].startswith("made for T2w guided by T1w")
    assert set(made["self_validation_gain_db"]) == {"t1-t2-axial-x2@2", "t2-axial-x2@2"}
    assert content["grids"]["result"]["shape"] == (24, 24, 6)


def test_the_slices_are_recorded_with_the_source_of_their_thickness(
    make: Make, tmp_path: Path
) -> None:
    target = shutil.copy(make().target, tmp_path / "T2w.nii.gz")
    request = make(factor=(2, 2, 1), weights=(), target=target)
    content: Any = enhance_files(request).sidecar
    distance = content["slices"]["distance_mm"]
    assert content["slices"] == {
        "axis": "k", "thickness_mm": distance, "distance_mm": distance, "profile": "gaussian",
        "source": "assumed to be the distance",
    }  # fmt: skip
    (tmp_path / "T2w.json").write_text(json.dumps({"SliceThickness": 0.75 * distance}))
    content = enhance_files(request).sidecar
    assert content["slices"]["thickness_mm"] == pytest.approx(0.75 * distance)
    assert content["slices"]["source"] == "BIDS metadata"
    assert content["inputs"]["target"]["slice_thickness_mm"] == pytest.approx(0.75 * distance)
    given = replace(request.settings, slice_thickness=1.2 * distance)
    content = enhance_files(replace(request, settings=given)).sidecar
    assert content["slices"]["thickness_mm"] == pytest.approx(1.2 * distance)
    assert content["slices"]["source"] == "given by the user"


def test_inputs_are_recorded_by_name_and_checksum(done: EnhancedFiles) -> None:
    inputs: Any = done.sidecar["inputs"]
    for role, path in (("target", done.request.target), ("guide", done.request.guide)):
        assert inputs[role] == {"file": path.name, "sha256": sha256(path)}


def test_the_unguided_weights_of_a_blend_have_a_checksum(
    done: EnhancedFiles, tiny_weights: SimpleNamespace
) -> None:
    (made,) = done.enhanced.passes
    unguided = Candidate("mine", load_weights(tiny_weights.unguided))
    blended = replace(made, choice=replace(made.choice, unguided=unguided))
    assert recorded(done, passes=(blended,))["weights_unguided"] == {"name": "mine", "sha256": None}


def test_weights_from_no_file_have_no_checksum(
    tiny_scans: dict[str, Path], tiny_weights: SimpleNamespace
) -> None:
    path = tiny_scans["T2w"]
    mine = Candidate("mine", load_weights(tiny_weights.unguided))
    enhanced: Enhanced = enhance(path, factor=(2, 2, 1), weights=[mine])
    content: Any = sidecar_of(Request(path, factor=(2, 2, 1)), {"target": Input(path)}, enhanced)
    assert content["weights"] == "mine"
    assert content["weights_sha256"] is None
    assert content["weights_unguided"] is None
    assert content["passes"][0]["guide_left_out"] is False


def test_the_power_of_the_guide_is_recorded(done: EnhancedFiles) -> None:
    (made,) = done.enhanced.passes
    cascade = made.choice.candidate.cascade
    for power in (1.0, 0.7):
        fitted = replace(made.choice.candidate, cascade=cascade.with_guide_power(power))
        passes = (replace(made, choice=replace(made.choice, candidate=fitted)),)
        assert recorded(done, passes=passes)["guide_power"] == power


def test_a_guide_that_was_left_out_is_recorded(done: EnhancedFiles) -> None:
    (made,) = done.enhanced.passes
    pair = replace(made.pair, guide=None)
    content = recorded(done, pair=pair, passes=(replace(made, pair=pair),))
    assert content["guide_left_out"] is content["passes"][0]["guide_left_out"] is True
    assert content["guide_power"] is None


def test_a_registration_is_recorded_with_its_rim(done: EnhancedFiles) -> None:
    assert recorded(done)["registration"] is None
    found = Registration(RigidTransform.identity(), 1.1, 1.2, 0.5, 0.9, "headers", 7)
    aligned = replace(done.enhanced.aligned, registration=found, rim_kept=True)
    content = recorded(done, aligned=aligned)["registration"]
    motion = {"displacement_mm": 0.0, "rotation_deg": 0.0}
    assert content == {**motion, **found.to_dict(), "rim_kept": True}


def test_the_verdict_can_be_given_from_the_sidecar_alone(done: EnhancedFiles) -> None:
    content = json.loads(json.dumps(done.sidecar, default=list))
    checks = content["checks"]
    for check in checks:
        value, limit = check["value"], check["limit"]
        within = value <= limit if check["relation"] == "≤" else value >= limit
        assert check["passed"] is within
    level = content["verdict"]["level"]
    assert (level == "good") is all(check["passed"] for check in checks)
    for check in checks:
        named = check["name"].replace("_", " ") in content["verdict"]["meaning"]
        assert named is not check["passed"]


def test_what_the_scan_determines_is_recorded_for_one_scan(done: EnhancedFiles) -> None:
    found = recorded(done)["measured_and_inferred"]
    assert 0 < found["edge_share_from_scan"] < 1
    assert found["rms"] > 0
    scan = JoinedScan(
        done.enhanced.pair.target.grid, RigidTransform.identity(), 0.0, 1.0, 1.0, 1.0, (1.0, 1.0),
        0.01, 0.0, "tiny",
    )  # fmt: skip
    files = {"target": done.inputs["target"], "scan_2": done.inputs["target"]}
    joined = replace(done.enhanced, scans=(scan, scan))
    assert sidecar_of(done.request, files, joined)["measured_and_inferred"] is None


def test_the_background_of_each_scan_is_recorded(done: EnhancedFiles) -> None:
    nothing = {"air": 0.0, "padding": None}
    assert recorded(done)["background"] == {"target": nothing, "guide": nothing}
    moved = Background(air=-1024.0, padding=-32768.0)
    changed = recorded(done, background=moved)["background"]
    assert changed["target"] == {"air": -1024.0, "padding": -32768.0}


def test_the_resolution_of_each_axis_is_recorded(done: EnhancedFiles) -> None:
    assert recorded(done)["resolution"] == {"i": None, "j": None, "k": None}
    found = (AxisResolution(2.5, 0.1, 1.6), None, AxisResolution(4.0, 0.2))
    assert recorded(done, resolution=found)["resolution"] == {
        "i": {"fwhm": 2.5, "uncertainty": 0.1, "zero_filling": 1.6, "attenuation": 0.0},
        "j": None,
        "k": {"fwhm": 4.0, "uncertainty": 0.2, "zero_filling": 1.0, "attenuation": 0.0},
    }


@pytest.mark.parametrize("fate", ["replaced", "removed"])
def test_weights_are_recorded_as_they_were_read(
    make: Make, tiny_weights: SimpleNamespace, tmp_path: Path, fate: str
) -> None:
    """Whatever becomes of their file later."""
    file = tmp_path / "mine.safetensors"
    shutil.copy(tiny_weights.guided, file)
    done = enhance_files(make(factor=(2, 2, 1), weights=(str(file),)))
    file.unlink()
    if fate == "replaced":
        shutil.copy(tiny_weights.unguided, file)
    content: Any = done.sidecar
    assert content["weights_sha256"] == sha256(tiny_weights.guided)
