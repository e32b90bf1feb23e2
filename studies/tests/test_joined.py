"""Simulated scans that are moved, and the measures of their joint estimate."""

import numpy as np
import pytest
from studies.joined import biased, boxed, error_mm, half_a_slice, measured, motion, thick

from crossres import make_pair
from crossres.registration import RigidTransform, resample
from crossres.volume import Grid, Volume


def test_motions_have_the_size_that_is_stated_and_are_found_again() -> None:
    _, t2 = make_pair(0, shape=(30, 34, 30), spacing=6.0)
    moved = motion(1, t2.grid.centre)
    assert moved.angle_degrees == pytest.approx(2)
    away = moved.apply(np.array([t2.grid.centre])) - t2.grid.centre
    assert np.linalg.norm(away) == pytest.approx(2)
    assert error_mm(moved, moved, t2) == 0
    assert error_mm(RigidTransform.identity(), moved, t2) > 1.5


def test_a_moved_scan_shows_the_reference_at_the_moved_place() -> None:
    _, t2 = make_pair(0, shape=(40, 46, 36), spacing=5.0)
    moved = motion(2, t2.grid.centre)
    scan = thick(t2, 0, moved)
    back = resample(scan.truth, scan.truth.grid, moved)
    inside = (slice(4, -4),) * 3
    away = back.data[inside] - boxed(t2, t2).data[inside]
    assert np.sqrt(np.square(away).mean()) < 0.2 * t2.data.std()
    assert scan.scan.shape[0] * 5 == scan.truth.shape[0]


def test_a_field_changes_all_scans_but_the_first() -> None:
    _, t2 = make_pair(0, shape=(40, 46, 36), spacing=5.0)
    scans = half_a_slice(t2)
    assert scans[1].scan.grid.centre[2] == scans[0].scan.grid.centre[2] - 0.5 * 5.0
    changed = biased(scans)
    assert changed[0] is scans[0]
    assert changed[1].scan.data.mean() > 1.2 * scans[1].scan.data.mean()


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_every_case_is_scored() -> None:
    t1, t2 = (each.with_data(each.data, _fine(each)) for each in make_pair(1, shape=(80, 90, 80)))
    rows = list(measured(t1, t2))
    assert len(rows) == 8
    moved = [row for case, row in rows if case == "moved"]
    assert all(float(str(row["gain"])) > 0 for row in moved)
    assert len({tuple(row) for _, row in rows}) == 1


def _fine(volume: Volume) -> Grid:
    """Return a grid of 1 mm: the study makes slices of 5 mm."""
    return Grid(volume.shape, np.diag([1.0, 1.0, 1.0, 1.0]))
