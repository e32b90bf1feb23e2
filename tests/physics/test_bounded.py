"""The bounded projection: within its bounds, in agreement, and the nearest such image."""

import numpy as np
import pytest
import torch

from crossres.physics import Acquisition, project
from crossres.physics.bounded import project_within
from crossres.volume import Grid

FINE = Grid((24, 16, 8), np.eye(4))


def scene(factors: tuple[int, int, int]) -> tuple[Acquisition, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(1, 1, *FINE.shape, generator=generator)
    noise = torch.randn(truth.shape, generator=generator)
    return Acquisition(FINE, FINE.coarsened(factors)), truth, truth + 0.5 * noise


@pytest.mark.parametrize("factors", [(2, 2, 1), (4, 1, 1), (2, 2, 2)])
def test_the_result_is_within_bounds_and_explains_the_scan(factors: tuple[int, int, int]) -> None:
    a, truth, estimate = scene(factors)
    lower, upper = torch.zeros_like(truth), torch.full_like(truth, 1.0)
    y = a.forward(truth)
    found = project_within(a, estimate, y, lower, upper, steps=200)
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
    assert float((a.forward(found) - y).norm()) < 1e-3 * float(y.norm())


def test_it_is_the_nearest_admissible_image() -> None:
    """No admissible direction leads nearer: that to the truth makes an obtuse angle."""
    a, truth, estimate = scene((2, 2, 1))
    zero, one = torch.zeros_like(truth), torch.ones_like(truth)
    found = project_within(a, estimate, a.forward(truth), zero, one, steps=400)
    angle = ((estimate - found) * (truth - found)).sum()
    assert float(angle) < 1e-2 * float((estimate - found).norm() * (truth - found).norm())


def test_without_bounds_it_is_the_projection() -> None:
    a, truth, estimate = scene((2, 2, 1))
    unbounded = torch.full_like(truth, torch.inf)
    y = a.forward(truth)
    for noise in (0.0, 0.3):
        found = project_within(a, estimate, y, -unbounded, unbounded, noise=noise)
        torch.testing.assert_close(found, project(a, estimate, y, noise), atol=2e-3, rtol=0)


def test_empty_voxels_need_no_agreement() -> None:
    a, truth, estimate = scene((2, 2, 1))
    y = a.forward(truth)
    y[..., :6, :, :] = 0
    zero, one = torch.zeros_like(truth), torch.ones_like(truth)
    found = project_within(a, estimate, y, zero, one, steps=100)
    away = (a.forward(found) - y)[y != 0]
    assert float(away.norm()) < 1e-2 * float(y.norm())


def test_elements_of_a_batch_are_solved_apart() -> None:
    a, truth, estimate = scene((2, 2, 1))
    zero, infinite = torch.zeros_like(truth), torch.full_like(truth, torch.inf)
    y = a.forward(truth)
    alone = project_within(a, estimate, y, zero, infinite, steps=200)
    both = project_within(
        a,
        torch.cat([truth, estimate]),
        torch.cat([y, y]),
        *(torch.cat([b, b]) for b in (zero, infinite)),
        steps=200,
    )
    torch.testing.assert_close(both[:1], truth)
    torch.testing.assert_close(both[1:], alone, atol=1e-2, rtol=0)
