"""Reliability: voxels sorted by deviation, with their true error."""

import numpy as np
import pytest
from studies.calibration import draw, reliability


def test_bins_are_sorted_by_deviation_and_hold_the_true_error():
    deviation = np.array([0.4, 0.1, 0.3, 0.2])
    rows = reliability(deviation, 2 * deviation, bins=2)
    assert [row["deviation"] for row in rows] == sorted(row["deviation"] for row in rows)
    assert rows[0]["deviation"] == pytest.approx(np.sqrt((0.1**2 + 0.2**2) / 2))
    assert all(row["error"] == pytest.approx(2 * row["deviation"]) for row in rows)


def test_a_random_deviation_has_level_bins():
    rng = np.random.default_rng(0)
    errors = [row["error"] for row in reliability(rng.random(20_000), rng.normal(size=20_000))]
    assert max(errors) / min(errors) < 1.1


def test_the_plot_is_drawn(tmp_path):
    draw(
        {"head": reliability(np.linspace(0.01, 0.1, 50), np.linspace(0.02, 0.2, 50))},
        tmp_path / "r.png",
    )
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
