"""Numbers are rounded to nothing and to all only where they are."""

import pytest

from crossres.report.numbers import percent, quantity, unbroken


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.00\u00a0%"),
        (1e-5, "less than 0.01\u00a0%"),
        (0.0031, "0.31\u00a0%"),
        (0.074, "7.4\u00a0%"),
        (0.99996, "more than 99.99\u00a0%"),
        (1.0, "100.00\u00a0%"),
    ],
)
def test_shares_are_not_rounded_to_nothing_or_to_all(share: float, text: str) -> None:
    assert percent(share) == text


def test_units_follow_the_number() -> None:
    assert quantity(0.074, "1") == "7.4\u00a0%"
    assert quantity(1.234, "mm") == "1.23\u00a0mm"


def test_a_line_does_not_end_between_a_number_and_its_unit() -> None:
    assert unbroken("5 % of 2 x 2 mm in 3 s") == "5\u00a0% of 2 x 2\u00a0mm in 3\u00a0s"
    assert unbroken("2 scans, 3 dBs and 4 mmHg") == "2 scans, 3 dBs and 4 mmHg"
    assert unbroken(percent(0.074)) == percent(0.074)
