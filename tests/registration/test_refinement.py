"""A refinement follows the inside of the head, and estimates its own error."""

import numpy as np
import pytest

from crossres.registration import RigidTransform
from crossres.registration.refinement import Inside, Refinement, refine
from crossres.volume import Volume
from moved_heads import HEAD_MM, acquired, distance, grid_of, points_of, rotated

IDENTITY = RigidTransform.identity()
MOTION = rotated(1, (1, -1, 2), (0.4, -1.2, 1.4))


def masked(volume: Volume) -> Volume:
    """Return what one mask, fixed in the world, leaves of a scan: 2 mm less than the head."""
    points = points_of(volume.grid) / (HEAD_MM - 2)
    inside = (np.linalg.norm(points, axis=1) < 1).reshape(volume.shape)
    return volume.with_data(np.where(inside, np.maximum(volume.data, 1), 0))


def refined(guide: Volume, target: Volume, *starts: RigidTransform) -> Refinement:
    found = refine(guide, target, starts or (IDENTITY,))
    assert found is not None
    return found


@pytest.mark.parametrize("spacing", [(4.0, 4.0, 2.0), (2.0, 2.0, 5.0)])
def test_the_inside_is_found_where_one_mask_cut_out_both(spacing: tuple[float, ...]) -> None:
    guide, target = masked(acquired(grid_of(2.0), 0)), masked(acquired(grid_of(spacing), 1, MOTION))
    found = refined(guide, target)
    assert distance(found.transform, MOTION) < 0.15 * distance(IDENTITY, MOTION)
    assert found.moved_mm == pytest.approx(distance(IDENTITY, MOTION), rel=0.2)
    assert found.local_correlation[1] > found.local_correlation[0]


def test_the_better_of_two_starts_is_refined() -> None:
    guide, target = acquired(grid_of(2.0), 0), acquired(grid_of((4.0, 4.0, 2.0)), 1, MOTION)
    wrong = rotated(3, (0, 0, 1), (5, 5, 0))
    assert distance(refined(guide, target, wrong, MOTION).transform, MOTION) < 0.15


def test_exchanged_images_give_the_inverse() -> None:
    guide, target = acquired(grid_of(2.0), 0), acquired(grid_of((2.0, 2.0, 5.0)), 1, MOTION)
    there, back = refined(guide, target), refined(target, guide)
    assert distance(there.transform, back.transform.inverse()) < 1e-6


def test_the_standard_error_is_that_of_the_motion() -> None:
    guide = acquired(grid_of(2.0), 0)
    ratios = []
    for shift in (0.0, 0.7, 1.3):
        moved = rotated(0.5, (1, 0, 1), (shift, -shift, 0.4))
        found = refined(guide, acquired(grid_of((4.0, 4.0, 2.0)), 1, moved))
        ratios.append(distance(found.transform, moved) / found.uncertainty_mm)
    assert max(ratios) < 3
    assert float(np.mean(ratios)) > 0.05


def test_a_head_too_small_is_not_refined() -> None:
    grid = grid_of(12.0)
    assert refine(acquired(grid, 0), acquired(grid, 1), [IDENTITY]) is None


def test_kept_headers_leave_the_motion_as_residual() -> None:
    found = Refinement(MOTION, 0.3, (0.4, 0.5), 0.2, 7)
    assert found.inside(used=True) == Inside(0.4, 0.5, 0.3, 0.0, 0.2)
    assert found.inside(used=False) == Inside(0.4, 0.4, 0.0, 0.3, 0.2)
    assert found.inside(used=True).scaled(2.0) == Inside(0.4, 0.5, 0.6, 0.0, 0.4)
