"""The verdict follows the data consistency, and states no more than it supports."""

import pytest

from crossres.physics import Consistency
from crossres.report.agreement import percent, verdict


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        (0.07, 0.0, "good"),
        (0.07, 0.009, "good"),
        (0.07, 0.02, "doubtful"),
        (0.2, 0.06, "bad"),
        (0.02, 0.03, "bad"),
        (0.07, float("nan"), "bad"),
    ],
)
def test_the_verdict_follows_the_consistency(before: float, after: float, level: str) -> None:
    assert verdict(Consistency(before, after)).level == level


def test_a_difference_as_large_as_the_noise_is_noise() -> None:
    found = verdict(Consistency(0.09, 0.06, noise=0.06))
    assert found.level == "good"
    assert "The noise of the scan alone amounts to 6.0 %" in found.meaning
    assert "kept but for its noise" in found.meaning
    assert verdict(Consistency(0.09, 0.08, noise=0.06)).level == "bad"
    assert verdict(Consistency(0.5, 0.4, noise=0.4)).level == "bad"


def test_a_good_verdict_is_no_proof() -> None:
    found = verdict(Consistency(0.07, 1e-7))
    assert "does not prove" in found.meaning
    assert "less than 0.01 %" in found.meaning


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.00 %"),
        (1e-5, "less than 0.01 %"),
        (0.0031, "0.31 %"),
        (0.074, "7.4 %"),
        (0.99996, "more than 99.99 %"),
        (1.0, "100.00 %"),
    ],
)
def test_shares_are_not_rounded_to_nothing_or_to_all(share: float, text: str) -> None:
    assert percent(share) == text
