"""The matrices of one axis: their shapes, that they are shared, and that none can be changed."""

import numpy as np
import pytest
import torch

from crossres.physics.axes import Axis, cubic, cubic_matrix, placed, profile_matrix, spectrum
from crossres.types import GridError
from crossres.volume import Profile

CPU = torch.device("cpu")
AXIS = Axis(12, 4, 24.0, Profile(6.0))


def test_rows_sum_to_one():
    np.testing.assert_allclose(profile_matrix(AXIS).sum(axis=1), np.ones(4))
    np.testing.assert_allclose(cubic_matrix(12, 4).sum(axis=1), np.ones(12))


def test_the_spectrum_is_that_of_a_times_its_adjoint():
    values, vectors = spectrum(AXIS)
    matrix = profile_matrix(AXIS)
    np.testing.assert_allclose(vectors * values @ vectors.T, matrix @ matrix.T, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "shape"),
    [("down", (4, 12)), ("adjoint", (12, 4)), ("up", (12, 4)), ("rotate", (4, 4))],
)
def test_a_tensor_is_made_once(name, shape):
    first = placed(AXIS, name, CPU, torch.float32)
    assert first.shape == shape
    assert placed(Axis(12, 4, 24.0, Profile(6.0)), name, CPU, torch.float32) is first
    assert placed(AXIS, name, CPU, torch.float64) is not first


@pytest.mark.parametrize("name", ["down", "adjoint", "up", "rotate", "rotate back"])
def test_an_axis_left_alone_has_no_matrix(name):
    assert placed(Axis(5, 5, 5.0, None), name, CPU, torch.float32) is None


def test_shared_matrices_cannot_be_changed():
    for matrix in (profile_matrix(AXIS), cubic_matrix(12, 4), *spectrum(AXIS)):
        with pytest.raises(ValueError, match="read-only"):
            matrix[0] = 0


def test_a_profile_between_the_voxels_is_refused():
    with pytest.raises(GridError, match="falls between the voxels"):
        profile_matrix(Axis(8, 4, 8.0, Profile(0.1)))


def test_cubic_interpolates():
    np.testing.assert_array_equal(cubic(np.arange(-3.0, 4.0)), [0, 0, 0, 1, 0, 0, 0])


@pytest.mark.parametrize("shift", np.linspace(0, 1, 7))
def test_cubic_reproduces_quadratics(shift):
    samples = np.arange(-2.0, 4.0)
    weights = cubic(shift - samples)
    for power in range(3):
        assert weights @ samples**power == pytest.approx(shift**power, abs=1e-12)


def test_cubic_is_even_and_continuous():
    d = np.linspace(0, 3, 3001)
    np.testing.assert_array_equal(cubic(d), cubic(-d))
    assert np.abs(np.diff(cubic(d))).max() < 2e-3
