"""The report shows what the sidecar records: pictures, numbers, and how the guide was aligned."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from crossres.inference import Enhanced
from crossres.physics import AxisResolution
from crossres.registration import Registration, RigidTransform
from crossres.report import Inferred, Verdict
from crossres.volume import Pair
from crossres.workflows.enhance import (
    EnhancedFiles,
    Request,
    enhance_files,
    motion,
    report_of,
    use_of_guide,
)
from crossres.workflows.enhance.report import INTERPOLATED, slices_description
from crossres.workflows.enhance.sidecar import Slices

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
Make = Callable[..., Request]
PNG = b"\x89PNG"
MATRIX = np.eye(4)
MATRIX[0, 3] = 3


def registered(enhanced: Enhanced, transform: RigidTransform, *, rim: bool = False) -> Enhanced:
    """Return a result as if its guide had been registered by this transform."""
    found = Registration(transform, 1.1, 1.2, 0.5, 0.9, "headers", 7)
    return replace(enhanced, aligned=replace(enhanced.aligned, registration=found, rim_kept=rim))


def without_guide(pair: Pair) -> Pair:
    return replace(pair, guide=None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda e: e, "not registered: its header was trusted"),
        (lambda e: registered(e, RigidTransform.identity()), "already aligned"),
        (lambda e: registered(e, RigidTransform(MATRIX)), "moved by 3.00 mm, 0.00 degrees"),
        (
            lambda e: registered(e, RigidTransform(MATRIX), rim=True),
            "moved by 3.00 mm, 0.00 degrees, except for the rim of the mask that it shares with "
            "the scan",
        ),
        (lambda e: replace(e, pair=without_guide(e.pair)), "left out: it does not fit"),
        (
            lambda e: replace(e, aligned=replace(e.aligned, pair=without_guide(e.pair))),
            "none",
        ),
    ],
)  # fmt: skip
def test_the_alignment_in_words(
    done: EnhancedFiles, change: Callable[[Enhanced], Enhanced], expected: str
) -> None:
    assert motion(change(done.enhanced)) == expected


def test_the_report_shows_what_the_sidecar_records(done: EnhancedFiles) -> None:
    report = report_of(done)
    assert report.verdict == Verdict(**as_json(done)["verdict"])
    assert [asdict(check) for check in report.checks] == as_json(done)["checks"]
    assert report.inferred == Inferred(**as_json(done)["measured_and_inferred"])
    assert report.methods == as_json(done)["methods"]
    assert report.metadata["weights"] == done.enhanced.weights
    assert report.summary["weights"] == done.enhanced.weights
    assert report.summary["guide"] == use_of_guide(done.enhanced)
    assert report.warnings == done.enhanced.warnings
    assert all(next(iter(view.maps)).startswith("Residual. ") for view in report.views)


def as_json(done: EnhancedFiles) -> Any:
    return json.loads(json.dumps(done.sidecar, default=list))


def test_the_time_includes_the_pictures(done: EnhancedFiles) -> None:
    seconds: Any = report_of(done).metadata["timings_seconds"]
    assert seconds["pictures"] > 0
    assert seconds["total"] == pytest.approx(done.enhanced.timings["total"] + seconds["pictures"])


def test_the_summary_states_predicted_errors_and_unmeasurable_widths(done: EnhancedFiles) -> None:
    found = (AxisResolution(2.5, 0.1), AxisResolution(None, 8.5), None)
    changed = replace(done, enhanced=replace(done.enhanced, resolution=found))
    assert changed.sidecar["resolution"]["j"]["fwhm"] is None  # type: ignore[index]
    entry = {"level": 0.9, "quantile": 1.58, "median": 20.0, "median_share": 0.021, "white": 950.0}
    report = report_of(changed, {**changed.sidecar, "predicted_error": entry})
    summary = report.summary
    assert summary["resolution found"] == "i 2.50 mm, j not measurable"
    assert summary["predicted error"] == "median 2.1 % of white; 90 % within ± 1.58 times the map"
    assert "median in the head is 2.1\u00a0% of the intensity" in report.predicted_error
    plain = report_of(done)
    assert "predicted error" not in plain.summary
    assert plain.predicted_error == ""


def test_the_report_is_about_the_result_as_written(done: EnhancedFiles) -> None:
    recorded = {**done.sidecar, "command": "crossres enhance T2w.nii.gz"}
    assert report_of(done, recorded).command == "crossres enhance T2w.nii.gz"
    assert report_of(done).command == ""


def test_the_report_states_the_power_of_the_guide(done: EnhancedFiles) -> None:
    (made,) = done.enhanced.passes
    candidate = made.choice.candidate
    for power, words in ((1.0, ""), (0.7, "; intensities raised to the power 0.7")):
        fitted = replace(candidate, cascade=candidate.cascade.with_guide_power(power))
        passes = (replace(made, choice=replace(made.choice, candidate=fitted)),)
        changed = replace(done.enhanced, passes=passes)
        report = report_of(replace(done, enhanced=changed))
        assert report.summary["guide"] == use_of_guide(changed) == motion(changed) + words


def test_a_guided_report_shows_the_guide(done: EnhancedFiles) -> None:
    report = report_of(done)
    assert [view.plane for view in report.views] == ["axial", "sagittal", "coronal"]
    for view in report.views:
        assert list(view.stage.layers) == [INTERPOLATED, "result", "input", "guide"]
        assert view.registration is None
    assert [len(view.figures) for view in report.views] == [3, 1, 1]
    assert report.title == "T2w.nii.gz, 2 x 2 x 1 times finer"
    assert report.summary["result"] == "24 x 24 x 6 voxels of 2 x 2 x 4 mm"
    assert report.summary["voxels in the plane"] == "Gaussian along i, j (assumed, not measurable)"


def test_a_registered_guide_is_shown_in_both_places(done: EnhancedFiles) -> None:
    moved = replace(done, enhanced=registered(done.enhanced, RigidTransform(MATRIX)))
    for view in report_of(moved).views:
        assert view.registration is not None
        before, after = view.registration.layers.values()
        assert list(view.registration.layers) == ["before registration", "after registration"]
        assert before.startswith(PNG)
        assert after.startswith(PNG)


def test_an_unguided_report_shows_no_guide(make: Make) -> None:
    report = report_of(enhance_files(make(guide=None, factor=(2, 2, 1), weights=())))
    assert list(report.views[0].stage.layers) == [INTERPOLATED, "result", "input"]
    assert report.views[0].registration is None
    assert report.summary["guide"] == "none"


def test_every_picture_is_a_png(done: EnhancedFiles) -> None:
    report = report_of(done)
    parts = [report.figures, *(p for v in report.views for p in (v.figures, v.stage.layers))]
    assert all(picture.startswith(PNG) for part in parts for picture in part.values())


def test_the_slices_are_in_the_summary(done: EnhancedFiles) -> None:
    assert "mm apart along k (assumed to be the distance)" in report_of(done).summary["slices"]
    slab = Slices(
        axis="k", thickness_mm=3.0, distance_mm=4.0, profile="slab", source="DICOM header"
    )
    assert slices_description(slab) == "3 mm thick, 4 mm apart along k, profile slab (DICOM header)"
