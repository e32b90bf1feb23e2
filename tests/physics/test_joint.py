"""Agreement with all scans: the solution of the normal equations, and what it is worth."""

import numpy as np
import pytest
import torch

from crossres.physics import Acquisition, MovedAcquisition, ScanTerm, agree_with_all, project
from crossres.volume import Grid

FINE = Grid((12, 12, 12), np.eye(4))


def terms_of(truth: torch.Tensor, noise: float, *factors: tuple[int, int, int]) -> list[ScanTerm]:
    acquisitions = [MovedAcquisition(FINE, FINE.coarsened(each)) for each in factors]
    return [ScanTerm(A, A.forward(truth), noise) for A in acquisitions]


def test_one_scan_has_the_closed_form() -> None:
    truth, estimate = torch.rand(2, *FINE.shape) + 1
    found = agree_with_all(estimate, terms_of(truth, 0.2, (1, 1, 4)), tolerance=1e-6, steps=50)
    acquisition = Acquisition(FINE, FINE.coarsened((1, 1, 4)))
    target = acquisition.forward(truth[None, None])
    expected = project(acquisition, estimate[None, None], target, 0.2)[0, 0]
    assert torch.allclose(found, expected, atol=1e-4)


def test_the_gradient_vanishes_at_the_solution() -> None:
    truth, estimate = torch.rand(2, *FINE.shape) + 1
    terms = terms_of(truth, 0.1, (1, 1, 4), (1, 4, 1))
    found = agree_with_all(estimate, terms, tolerance=1e-6, steps=100)
    gradient = found - estimate
    for term in terms:
        gradient = gradient - term.acquisition.adjoint(term.residual(found)) / term.noise
    assert gradient.abs().max() < 1e-3 * (found - estimate).abs().max()


def test_three_scans_lead_nearer_to_the_truth_than_one() -> None:
    truth = torch.rand(FINE.shape) + 1
    flat = torch.full(FINE.shape, float(truth.mean()))
    factors = ((1, 1, 4), (1, 4, 1), (4, 1, 1))
    away = [
        float((agree_with_all(flat, terms_of(truth, 0.02, *factors[:n])) - truth).norm())
        for n in (1, 2, 3)
    ]
    assert away[0] > away[1] > away[2]


def test_what_was_not_scanned_changes_nothing() -> None:
    truth = torch.rand(FINE.shape) + 1
    [term] = terms_of(truth, 0.1, (1, 1, 4))
    target = term.target.clone()
    target[:, :, 0] = 0
    estimate = torch.ones(FINE.shape)
    blind = ScanTerm(term.acquisition, target, 0.1)
    found = agree_with_all(estimate, [blind])
    assert blind.residual(estimate)[:, :, 0].abs().max() == 0
    assert torch.allclose(found[:, :, 0], estimate[:, :, 0], atol=0.05)


def test_an_estimate_that_agrees_stays() -> None:
    truth = torch.rand(FINE.shape) + 1
    terms = terms_of(truth, 0.1, (1, 1, 4), (4, 1, 1))
    assert torch.equal(agree_with_all(truth, terms), truth)
    assert terms[0].error(truth) == pytest.approx(0, abs=1e-6)
