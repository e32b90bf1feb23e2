"""A shear moves each line by its own distance, keeps constants, and has an exact adjoint."""

import numpy as np
import pytest
import torch

from crossres.physics.shear import Shear, lanczos

SHAPE = (9, 8, 7)
SHEARS = [
    (axis, slopes, start, length)
    for axis in (0, 1, 2)
    for slopes, start, length in (
        ((0.0, 0.0), 0.0, SHAPE[axis]),
        ((0.03, -0.02), 0.4, SHAPE[axis]),
        ((0.9, -0.7), -3.3, 12),
        ((0.0, 0.0), 50.0, 3),
    )
]


def test_the_kernel_is_one_at_the_sample_and_nearly_sums_to_one() -> None:
    places = np.arange(-4, 5) + 0.3
    assert lanczos(np.array([0.0, 1.0, 2.0, 3.0])) == pytest.approx([1, 0, 0, 0], abs=1e-12)
    assert lanczos(places).sum() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("axis", "slopes", "start", "length"), SHEARS)
def test_the_adjoint_is_exact_and_constants_are_kept(
    axis: int, slopes: tuple[float, float], start: float, length: int
) -> None:
    shear = Shear(SHAPE, axis, slopes, start, length)
    x = torch.rand(SHAPE)
    y = torch.rand_like(shear.forward(x))
    assert y.shape[axis] == length
    one, other = (shear.forward(x) * y).sum(), (x * shear.adjoint(y)).sum()
    assert float(one) == pytest.approx(float(other), rel=1e-5)
    assert torch.allclose(shear.forward(torch.ones(SHAPE)), torch.ones(y.shape), atol=1e-6)


def test_a_whole_voxel_moves_without_interpolation() -> None:
    x = torch.rand(SHAPE)
    found = Shear(SHAPE, 1, (0.0, 0.0), 2.0, 6).forward(x)
    assert torch.allclose(found, x[:, 2:], atol=1e-6)


def test_lines_move_by_their_own_distance() -> None:
    x = torch.rand(SHAPE)
    found = Shear(SHAPE, 2, (1.0, 0.0), 0.0, 7).forward(x)
    assert torch.allclose(found[3, :, :4], x[3, :, 3:], atol=1e-6)
    assert torch.allclose(found[3, :, 4:], x[3, :, -1:].expand(-1, 3), atol=1e-6)


def test_nothing_is_computed_where_nothing_moves() -> None:
    shear = Shear(SHAPE, 0, (0.0, 0.0), 0.0, SHAPE[0])
    x = torch.rand(SHAPE)
    assert shear.is_identity
    assert shear.forward(x) is x
    assert shear.adjoint(x) is x
