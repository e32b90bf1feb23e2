"""Residuals count by their size against most others, whatever their unit and sign."""

import numpy as np
import pytest

from crossres.registration.outliers import WIDTH, outlier_weights


def test_outliers_count_less_and_the_unit_does_not_matter() -> None:
    residual = np.append(np.random.default_rng(0).normal(size=999), 100.0)
    weights = outlier_weights(residual)
    assert weights[-1] < 0.01 < 0.5 < np.median(weights)
    np.testing.assert_allclose(outlier_weights(-1e3 * residual), weights, rtol=1e-6)


def test_half_the_weight_lies_at_two_deviations() -> None:
    residual = np.random.default_rng(1).normal(size=100_001)
    residual[0] = WIDTH
    assert outlier_weights(residual)[0] == pytest.approx(0.5, abs=0.01)


def test_a_perfect_fit_has_the_same_weight_everywhere() -> None:
    assert outlier_weights(np.zeros(5)).tolist() == [1.0] * 5
