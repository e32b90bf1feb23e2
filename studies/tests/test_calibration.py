"""The measures of calibration: exact for errors of known distribution."""

from pathlib import Path

import numpy as np
import pytest
from studies.calibration import coverage, draw, oracles, reliability

RNG = np.random.default_rng(0)
SIZE = np.exp(RNG.normal(0, 0.8, 50_000))
ERROR = SIZE * RNG.normal(0, 1, SIZE.size)


def test_bins_are_sorted_by_prediction_and_of_equal_size() -> None:
    rows = reliability(SIZE, ERROR, bins=5)
    predicted = [row[0] for row in rows]
    assert predicted == sorted(predicted)
    for expected, found in rows:
        assert found == pytest.approx(expected, rel=0.05)


def test_true_intervals_cover_their_level_everywhere() -> None:
    found = coverage(SIZE, ERROR, 1.645)
    assert found == {
        name: pytest.approx(0.9, abs=0.015)
        for name in ("coverage", "coverage_worst_tenth", "coverage_best_tenth")
    }
    assert float(str(coverage(SIZE, ERROR, 1.0)["coverage"])) < 0.7


def test_the_oracle_is_the_local_rms() -> None:
    single = np.zeros((9, 9, 2))
    single[4, 4, 0] = 3.0
    found = oracles(single)
    assert found["oracle"][4, 4, 0] == pytest.approx(1)
    assert found["oracle"][3, 5, 0] == pytest.approx(1)
    assert found["oracle_of_others"][4, 4, 0] == 0
    assert found["oracle_of_others"][3, 5, 0] == pytest.approx((9 / 8) ** 0.5)
    assert not found["oracle"][..., 1].any()


def test_the_figure_is_drawn(tmp_path: Path) -> None:
    bins = list(enumerate(reliability(SIZE, ERROR)))
    points = {f"predicted_{n}": one for n, (one, _) in bins} | {
        f"error_{n}": e for n, (_, e) in bins
    }
    draw([{"kind": kind, **points} for kind in ("2x", "2x", "4x")], tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
