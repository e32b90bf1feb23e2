"""The fit finds the size of simulated errors, and their ratio between two scales."""

import numpy as np
import pytest
from studies import error_model
from studies.error_model import Samples, fitted, left_out, size_of, transfer_of

RATIO = 1.5
NAME = "unguided, in the plane"


def scan(seed: int, brightness: float) -> Samples:
    """Return errors whose size grows with the first feature, ``RATIO`` times smaller below."""
    rng = np.random.default_rng(seed)
    fine, below = rng.normal(0, 1, (2, 4000, 8)).astype(np.float32)
    sizes = [0.02 * brightness * np.exp(0.7 * x[:, 0]) for x in (fine, below)]
    errors = [size * rng.laplace(0, 1, 4000) for size in sizes]
    return {
        "fine": fine, "error": errors[0].astype(np.float32),
        "below": below, "error_below": (errors[1] / RATIO).astype(np.float32),
    }  # fmt: skip


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, float], Samples]:
    monkeypatch.setattr(error_model, "STEPS", 400)
    names = ("sub-01", "labels 09", "phantom 201", "sub-03")
    return {(name, 2.0): scan(n, 1 + 0.2 * n) for n, name in enumerate(names)}


def test_size_and_transfer_are_found(scans: dict[tuple[str, float], Samples]) -> None:
    model = fitted(NAME, scans)
    (transfer,) = model.transfers.values()
    assert transfer.power == pytest.approx(1, abs=0.2)
    below = 2.3  # the 90 % quantile of a Laplace distribution
    assert transfer.quantile * (below / RATIO) ** transfer.power == pytest.approx(below, rel=0.1)
    one = scans["sub-01", 2.0]
    slope = np.polyfit(one["fine"][:, 0], np.log(size_of(model, one["fine"])), 1)[0]
    assert slope == pytest.approx(0.7, abs=0.1)


def test_the_power_of_a_transfer_is_found() -> None:
    below, keys = (0.5, 1.0, 2.0), ("fine_rms", "below_rms", "fine_quantile", "below_quantile")
    scans = [dict(zip(keys, (3 * b**0.6, b, 5 * b**0.6, b), strict=True)) for b in below]
    found = transfer_of(scans)
    assert (found.deviation, found.quantile, found.power) == (
        pytest.approx(3), pytest.approx(5), pytest.approx(0.6),
    )  # fmt: skip


def test_every_scan_is_left_out_once(scans: dict[tuple[str, float], Samples]) -> None:
    found = {label: values for label, _, values in left_out(NAME, scans)}
    assert {len(values) for values in found.values()} == {len(scans)}
    assert max(map(abs, found["ratio"])) < 0.2
    assert np.std(found["no self-validation"]) > np.std(found["ratio"])
    assert min(found["rank correlation"]) > 0.3
