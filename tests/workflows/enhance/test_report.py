"""The report shows what the sidecar records: pictures, numbers, and how the guide was aligned."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from crossres.inference import Enhanced
from crossres.physics import interpolate_volume
from crossres.registration import Registration, RigidTransform
from crossres.volume import Pair, Volume
from crossres.workflows.enhance import (
    EnhancedFiles,
    Request,
    enhance_files,
    motion,
    report_of,
    use_of_guide,
)
from crossres.workflows.enhance.report import INTERPOLATED, measured_share, slices_description
from crossres.workflows.enhance.sidecar import Slices

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
Make = Callable[..., Request]
RESIDUAL = "residual: the result acquired again, minus the scan"
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
    assert report.metadata is done.sidecar
    assert report.consistency == done.enhanced.consistency
    assert 0 < (report.measured_share or 0) <= 1
    assert "residual: the result acquired again, minus the scan" in report.figures
    assert report.summary["weights"] == done.enhanced.weights
    assert report.summary["guide"] == use_of_guide(done.enhanced)
    assert report.warnings == done.enhanced.warnings


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
    assert list(report.layers) == [INTERPOLATED, "result", "guide"]
    assert {"guide's edges over the scan, axial", "guide's edges over the scan, sagittal"} <= set(
        report.figures
    )
    assert report.title == "T2w.nii.gz, 2 x 2 x 1 finer"
    assert report.summary["result"] == "24 x 24 x 6 voxels of 2 x 2 x 4 mm"


def test_an_unguided_report_shows_no_guide(make: Make) -> None:
    report = report_of(enhance_files(make(guide=None, factor=(2, 2, 1), weights=())))
    assert list(report.layers) == [INTERPOLATED, "result"]
    assert not [title for title in report.figures if "guide" in title]
    assert report.summary["guide"] == "none"


def test_every_picture_is_a_png(done: EnhancedFiles) -> None:
    report = report_of(done)
    pictures = [*report.figures.values(), *report.layers.values()]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_the_measured_share_is_small_for_detail_finer_than_the_scan(done: EnhancedFiles) -> None:
    pair = done.enhanced.pair
    smooth = interpolate_volume(pair.target, pair.fine)
    i, j, _ = np.indices(pair.fine.shape)
    board = Volume((-1.0) ** (i + j), pair.fine)
    assert measured_share(pair, smooth) > 0.9
    assert measured_share(pair, board) < 0.1
    assert measured_share(pair, smooth.with_data(7 * smooth.data)) == pytest.approx(
        measured_share(pair, smooth)
    )


def test_the_slices_are_in_the_summary(done: EnhancedFiles) -> None:
    assert "mm apart along k (assumed to be the distance)" in report_of(done).summary["slices"]
    slab = Slices(
        axis="k", thickness_mm=3.0, distance_mm=4.0, profile="slab", source="DICOM header"
    )
    assert slices_description(slab) == "3 mm thick, 4 mm apart along k, profile slab (DICOM header)"
