"""Rigid transforms are inverted, measured and stored."""

import numpy as np
import pytest
from numpy.typing import NDArray

from crossres.registration import RigidTransform
from crossres.types import RegistrationError
from moved_heads import TRUTH, grid_of, head_points, points_of, rotated


def test_angle_and_translation_are_those_given() -> None:
    for degrees in (0.0, 1e-4, 5.0, 90.0, 179.0, 180.0):
        assert rotated(degrees, (1, 2, 3), (1, 2, 3)).angle_degrees == pytest.approx(degrees)
    assert TRUTH.translation_mm == pytest.approx((3, -3, 2.65))


def test_inverse_undoes_and_the_identity_does_nothing() -> None:
    points = head_points()
    np.testing.assert_allclose(TRUTH.inverse().apply(TRUTH.apply(points)), points, atol=1e-9)
    assert RigidTransform.identity().is_identity
    assert not TRUTH.is_identity
    assert RigidTransform.identity().displacement(grid_of(4)) == (0, 0)


def test_a_scaled_transform_maps_scaled_points() -> None:
    transform = RigidTransform(rotated(20, (1, 2, 3), (5, -4, 3)).matrix)
    points = np.array([(10.0, 20.0, -5.0), (0.0, 0.0, 0.0)])
    expected = 0.1 * transform.apply(points)
    np.testing.assert_allclose(transform.scaled(0.1).apply(0.1 * points), expected)


def test_displacement_of_a_shift_is_its_length_and_of_a_rotation_greatest_at_a_corner() -> None:
    shift = rotated(0, (1, 0, 0), (3, 4, 0))
    assert shift.displacement(grid_of(4)) == pytest.approx((5, 5))
    moved = np.linalg.norm(TRUTH.apply(points_of(grid_of(4))) - points_of(grid_of(4)), axis=1)
    mean, most = TRUTH.displacement(grid_of(4))
    assert mean == pytest.approx(moved.mean(), rel=0.01)
    assert most == pytest.approx(moved.max())


def test_a_transform_survives_a_sidecar() -> None:
    assert RigidTransform.from_dict(TRUTH.to_dict()) == TRUTH


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    "matrix",
    [np.eye(3), np.full((4, 4), np.nan), np.diag([2.0, 1, 1, 1]), np.diag([-1.0, 1, 1, 1])],
    ids=["3x3", "nan", "scales", "mirrors"],
)
def test_only_rigid_matrices_are_accepted(matrix: NDArray[np.float64]) -> None:
    with pytest.raises(RegistrationError):
        RigidTransform(matrix)


def test_a_transform_of_another_convention_is_refused() -> None:
    with pytest.raises(RegistrationError, match="convention"):
        RigidTransform.from_dict({"matrix": np.eye(4).tolist(), "convention": "LPS"})
