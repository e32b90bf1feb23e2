"""The motion of the guide is a displacement in the head, wherever the world's origin is."""

from dataclasses import replace

import numpy as np
import pytest

from crossres.registration import Aligned, Inside, Registration, RigidTransform
from crossres.report.guide_motion import guide_motion
from crossres.volume import Grid, Pair, Volume


def aligned(matrix: np.ndarray, origin: tuple[float, float, float] = (-20, -20, -20)) -> Aligned:
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = origin
    grid = Grid((20, 20, 20), affine)
    data = np.zeros(grid.shape)
    data[5:15, 5:15, 5:15] = 100
    found = Registration(RigidTransform(matrix), 1.1, 1.2, 0.5, 0.9, "headers", 7)
    return Aligned(Pair(Volume(data, grid), grid), found)


def rotated(degrees: float, about: np.ndarray) -> np.ndarray:
    angle, matrix = np.radians(degrees), np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = about - matrix[:3, :3] @ about
    return matrix


def test_a_translation_moves_every_point_alike() -> None:
    matrix = np.eye(4)
    matrix[:3, 3] = (3.0, 4.0, 0.0)
    found = guide_motion(aligned(matrix))
    assert found is not None
    assert found.displacement_mm == pytest.approx(5.0)
    assert found.rotation_deg == 0.0


def test_the_origin_of_the_world_does_not_matter() -> None:
    """The translation of this rotation is 17 mm or 0, by the place of the origin."""
    here = guide_motion(aligned(rotated(2.0, np.array([-1.0, -1.0, 0.0]))))
    there = guide_motion(
        aligned(rotated(2.0, np.array([499.0, -1.0, 0.0])), origin=(480, -20, -20))
    )
    assert here is not None
    assert there is not None
    assert here.displacement_mm == pytest.approx(there.displacement_mm, rel=1e-3)
    assert here.displacement_mm < 0.5
    assert here.rotation_deg == pytest.approx(2.0)


def test_what_was_measured_inside_the_head_comes_first() -> None:
    moved = aligned(np.eye(4))
    assert moved.registration is not None
    inside = Inside(0.2, 0.3, 1.25, 0.0, 0.1)
    found = guide_motion(replace(moved, registration=replace(moved.registration, inside=inside)))
    assert found is not None
    assert found.displacement_mm == 1.25


def test_without_registration_there_is_no_motion() -> None:
    assert guide_motion(replace(aligned(np.eye(4)), registration=None)) is None


def test_a_scan_of_nothing_has_the_motion_of_its_field_of_view() -> None:
    matrix = np.eye(4)
    matrix[0, 3] = 2.0
    moved = aligned(matrix)
    empty = moved.pair.target.with_data(np.zeros(moved.pair.target.shape))
    found = guide_motion(replace(moved, pair=Pair(empty, moved.pair.fine)))
    assert found is not None
    assert found.displacement_mm == pytest.approx(2.0)
