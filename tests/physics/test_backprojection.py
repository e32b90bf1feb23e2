"""Back-projection brings the estimate to the scan, and the exact one by the shortest way."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from crossres.physics import (
    Acquisition,
    BackProjection,
    back_project,
    consistency,
    iterate_back_projection,
    project,
)
from crossres.types import SettingsError
from crossres.volume import Grid

FACTORS = [(2, 2, 1), (4, 4, 1), (1, 1, 4), (2 ** (1 / 3), 3.3, 1)]


@pytest.fixture(params=FACTORS, ids=str)
def scene(request) -> tuple[Acquisition, torch.Tensor, torch.Tensor]:
    """Return A, a wrong estimate, and the scan of a structured truth."""
    fine = Grid((32, 28, 16), np.eye(4))
    a = Acquisition(fine, fine.coarsened(request.param))
    torch.manual_seed(0)
    truth = torch.rand(1, 1, *fine.shape, dtype=torch.float64)
    truth[..., 8:20, 6:15, 4:12] += 2
    y = a.forward(truth)
    return a, a.upsample(y), y


def test_one_step_helps(scene):
    a, x, y = scene
    assert consistency(a, iterate_back_projection(a, x, y), y) < consistency(a, x, y)


def test_many_steps_converge(scene):
    a, x, y = scene
    residuals = [consistency(a, x, y)]
    for _ in range(50):
        x = iterate_back_projection(a, x, y)
        residuals.append(consistency(a, x, y))
    assert residuals[-1] < 1e-3
    assert all(after < before for before, after in pairwise(residuals))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_the_projection_is_exact(scene, dtype, tolerance):
    a, x, y = scene
    x, y = x.to(dtype), y.to(dtype)
    assert consistency(a, project(a, x, y), y) < tolerance


def test_projecting_twice_changes_nothing(scene):
    a, x, y = scene
    once = project(a, x, y)
    torch.testing.assert_close(project(a, once, y), once, rtol=0, atol=1e-11)


def test_the_projection_is_the_nearest(scene):
    """The way there is orthogonal to every way along {x : A x = y}."""
    a, x, y = scene
    step = project(a, x, y) - x
    null = project(a, torch.randn_like(x), torch.zeros_like(y))
    assert consistency(a, x + null, a.forward(x)) < 1e-12
    cosine = (step * null).sum() / (step.norm() * null.norm())
    assert abs(float(cosine)) < 1e-12


@pytest.mark.parametrize("noise", [1e-3, 0.1, 10.0])
def test_with_noise_it_minimises_its_objective(scene, noise):
    a, x, y = scene
    best = project(a, x, y, noise).requires_grad_()
    objective = (a.forward(best) - y).square().sum() + noise * (best - x).square().sum()
    objective.backward()
    scale = a.adjoint(a.forward(x) - y).norm()
    assert float(best.grad.norm() / scale) < 1e-10


def test_noise_leads_from_the_scan_to_the_estimate(scene):
    a, x, y = scene
    torch.testing.assert_close(project(a, x, y, 1e-12), project(a, x, y), rtol=0, atol=1e-8)
    torch.testing.assert_close(project(a, x, y, 1e12), x, rtol=0, atol=1e-8)
    steps = [consistency(a, project(a, x, y, noise), y) for noise in (0, 0.01, 0.1, 1, 10)]
    assert steps == sorted(steps)


def test_consistency_is_relative(scene):
    a, x, y = scene
    assert consistency(a, torch.zeros_like(x), y) == pytest.approx(1)
    assert consistency(a, 7 * x, 7 * y) == pytest.approx(consistency(a, x, y))
    assert consistency(a, torch.zeros_like(x), torch.zeros_like(y)) == 0


def test_kinds(scene):
    a, x, y = scene
    assert back_project(a, x, y, BackProjection("none")) is x
    three = back_project(a, x, y, BackProjection("iterative", steps=3))
    torch.testing.assert_close(three, iterate_back_projection(a, x, y, 3))
    exact = back_project(a, x, y, BackProjection("exact", noise=0.2))
    torch.testing.assert_close(exact, project(a, x, y, 0.2))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "both"},
        {"kind": None},
        {"steps": 0},
        {"steps": 1.5},
        {"steps": True},
        {"steps": math.nan},
        {"steps": 10**9},
        {"noise": -1.0},
        {"noise": math.nan},
        {"noise": math.inf},
        {"noise": 1e300},
        {"noise": True},
        {"between": 1},
        {"between": None},
    ],
)
def test_settings_are_checked(wrong):
    with pytest.raises(SettingsError, match="back-projection` must be"):
        BackProjection(**wrong)
