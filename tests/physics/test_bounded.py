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


@pytest.mark.parametrize("noise", [0.05, 0.5])
@pytest.mark.parametrize("factors", [(2, 2, 1), (1, 1, 4)])
def test_the_solution_fulfils_the_kkt_conditions(
    factors: tuple[int, int, int], noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With noise the multipliers of the scan are z = (y - A x') / noise."""
    monkeypatch.setattr("crossres.physics.bounded.ENOUGH", 1e-6)
    a, truth, estimate = scene(factors)
    generator = torch.Generator().manual_seed(1)
    lower = 0.2 * torch.rand(truth.shape, generator=generator)
    upper = lower + 0.6 * torch.rand(truth.shape, generator=generator)
    y = a.forward(truth)
    y[..., :3, :, :] = 0
    found = project_within(a, estimate, y, lower, upper, noise=noise, steps=2000)
    z = (y - a.forward(found)) * (y != 0) / noise
    unbounded = estimate + a.adjoint(z)
    free = (found > lower) & (found < upper)
    masks = (free, found == lower, found == upper)
    assert all(mask.sum() > 0.05 * mask.numel() for mask in masks)
    tolerance = 1e-3
    torch.testing.assert_close(found[free], unbounded[free], atol=tolerance, rtol=0)
    assert float(unbounded[masks[1]].sub(lower[masks[1]]).max()) < tolerance
    assert float(upper[masks[2]].sub(unbounded[masks[2]]).max()) < tolerance


def test_with_full_agreement_free_voxels_are_corrected_within_the_row_space() -> None:
    """Without noise some z explains the correction of all voxels that are off their bounds."""
    fine = Grid((6, 4, 2), np.eye(4))
    a = Acquisition(fine, fine.coarsened((2, 2, 1)))
    generator = torch.Generator().manual_seed(2)
    truth = torch.rand(1, 1, *fine.shape, generator=generator)
    estimate = truth + 0.5 * torch.randn(truth.shape, generator=generator)
    zero, infinite = torch.zeros_like(truth), torch.full_like(truth, torch.inf)
    found = project_within(a, estimate, a.forward(truth), zero, infinite, steps=2000)
    columns = torch.eye(12).view(12, 1, 3, 2, 2)
    adjoint = a.adjoint(columns).view(12, -1).T
    correction, free = (found - estimate).flatten(), (found > 0).flatten()
    assert 0.1 < float(free.float().mean()) < 0.95
    z = torch.linalg.lstsq(adjoint[free], correction[free, None]).solution
    away = (adjoint @ z).flatten() - correction
    assert float(away[free].abs().max()) < 1e-2 * float(correction.abs().max())
    assert float(away[~free].max()) < 1e-2 * float(correction.abs().max())
