"""Numbers are rounded to nothing and to all only where they are."""

import pytest

from crossres.report.numbers import percent, quantity


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


def test_units_follow_the_number() -> None:
    assert quantity(0.074, "1") == "7.4 %"
    assert quantity(1.234, "mm") == "1.23 mm"
