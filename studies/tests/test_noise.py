"""The gain of the reference is large, that of the interpolated scan 0 dB; errors are shares."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from studies import noise
from studies.noise import gains, network_error, noisy
from studies.sources import Source

from crossres.inference import example_of
from crossres.phantom import make_pair
from crossres.physics import degrade, interpolate_volume
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair
from crossres.weights import load_weights


def test_gains_are_relative_to_the_noisy_scan() -> None:
    _, truth = make_pair(0, shape=(40, 46, 6), spacing=4.0)
    target = noisy(degrade(truth, truth.grid.coarsened((2, 2, 1))), 0.03)
    scan = Simulated(Pair(target, truth.grid), truth)
    cubic = gains(interpolate_volume(target, truth.grid), scan)
    assert all(value == pytest.approx(0, abs=1e-3) for value in cubic.values())
    assert gains(truth.with_data(truth.data + 1e-3), scan)["gain"] > 40  # type: ignore[operator]


def test_the_error_of_a_network_does_not_depend_on_intensities() -> None:
    _, truth = make_pair(0, shape=(64, 72, 4), spacing=2.0)
    scan = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    weights = load_weights("t2-axial-x2")
    error, other = (
        network_error(weights, Pair(scan.with_data(factor * scan.data), truth.grid))
        for factor in (1, 7)
    )
    assert other == pytest.approx(error, rel=1e-3)
    assert 0.001 < error < 0.2


@pytest.fixture(scope="module")
def scan() -> Simulated:
    guide, truth = make_pair(0, shape=(64, 72, 4), spacing=2.0)
    coarse = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    return Simulated(Pair(coarse, truth.grid, guide), truth)


def test_noise_is_removed_or_not_where_there_is_any(scan: Simulated) -> None:
    rows = list(noise.tested(load_weights("t2-axial-x2"), scan, {"scan": "phantom"}))
    assert [(row["noise"], row["treated"]) for row in rows] == [
        (0.0, False), (0.01, False), (0.01, True), (0.03, False), (0.03, True),
    ]  # fmt: skip
    assert {row["scan"] for row in rows} == {"phantom"}
    assert all(np.isfinite(row["gain_deep"]) for row in rows)  # type: ignore[arg-type]


def test_trainings_and_rows_are_not_made_twice(
    scan: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noise, "FACTORS", (2,))
    monkeypatch.setattr(noise, "sources", lambda data: [Source("phantom")])
    monkeypatch.setattr(noise, "slab_of", lambda *_: scan)
    monkeypatch.setattr(noise, "find_cases", lambda folder: [])
    monkeypatch.setattr(noise, "low_resolution_examples", lambda *_, **__: [example_of(scan.pair)])
    rows = list(noise.trained(tmp_path, tmp_path / "runs", 1, set()))
    found = [(row["network"], row["trained"]) for row in rows]
    assert found[::5] == list(product(("unguided", "guided"), noise.TRAINED))
    checkpoints = sorted((tmp_path / "runs").rglob("*.pt"))
    assert len(checkpoints) == 4
    times = [path.stat().st_mtime_ns for path in checkpoints]
    done = {tuple(str(row[key]) for key in noise.CASE) for row in rows}
    assert list(noise.trained(tmp_path, tmp_path / "runs", 1, done)) == []
    assert [path.stat().st_mtime_ns for path in checkpoints] == times
