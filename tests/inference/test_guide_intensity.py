"""A guide is brightened where the scan itself is restored better with it, and only there."""

import numpy as np
import pytest

from crossres.inference import Cascade, SelfValidation, guide_intensity
from crossres.inference.guide_intensity import LEAST_GAIN, fitted_to_guide
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.types import VolumeError
from crossres.volume import Grid, Pair, Volume
from crossres.weights import load_weights

GUIDED = load_weights("t1-t2-axial-x2")


@pytest.fixture(scope="module")
def pair() -> Pair:
    """Return a digital phantom with its own guide."""
    guide, reference = make_pair(5, shape=(88, 104, 8), spacing=(2.0, 2.0, 4.0))
    return Pair(degrade(reference, reference.grid.coarsened((2, 2, 1))), reference.grid, guide)


def test_a_guide_like_those_of_the_training_stays_as_it_is(pair: Pair) -> None:
    cascade, found = fitted_to_guide(GUIDED, pair)
    assert cascade is GUIDED
    assert found.gain > 1


def test_a_guide_that_is_too_dark_is_brightened(pair: Pair) -> None:
    assert pair.guide is not None
    scale = pair.guide.data.max()
    dark = pair.guide.with_data((pair.guide.data / scale) ** 2 * scale)
    darker = Pair(pair.target, pair.fine, dark)
    cascade, found = fitted_to_guide(GUIDED, darker)
    assert cascade.guide_power < 1
    as_it_is = guide_intensity.self_validate(GUIDED, darker)
    assert found.eroded_gain > as_it_is.eroded_gain + LEAST_GAIN


@pytest.mark.parametrize(
    ("gains", "power"),
    [
        ((3.0, 3.05, 9.0), 1.0), ((3.0, 3.2, 3.25), 0.7), ((3.0, 3.2, 3.4), 0.5),
        ((np.nan, np.nan, 9.0), 1.0),
    ],
)  # fmt: skip
def test_each_power_is_tried_only_where_the_last_one_helped(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, gains: tuple[float, ...], power: float
) -> None:
    by_power = dict(zip((1.0, 0.7, 0.5), gains, strict=True))

    def validated(cascade: Cascade, *_: object, **__: object) -> SelfValidation:
        gain = by_power[cascade.guide_power]
        return SelfValidation(1.0, 1.0, 1.0, 10 ** (gain / 20))

    monkeypatch.setattr(guide_intensity, "self_validate", validated)
    cascade, found = fitted_to_guide(GUIDED, pair)
    assert cascade.guide_power == power
    assert found.eroded_gain == pytest.approx(by_power[power], nan_ok=True)


def test_through_plane_networks_keep_the_guide_as_it_is() -> None:
    guide, reference = make_pair(5, shape=(88, 104, 30), spacing=(2.0, 2.0, 2.0))
    dark = guide.with_data(guide.data**2)
    target = degrade(reference, reference.grid.coarsened((1, 1, 3)))
    cascade = load_weights("t1-t2-through-plane-x3")
    assert fitted_to_guide(cascade, Pair(target, reference.grid, dark))[0] is cascade


def test_a_scan_too_small_to_be_degraded_is_refused() -> None:
    grid = Grid((6, 6, 2), np.eye(4))
    scan = Volume(np.zeros(grid.shape, np.float32), grid)
    fine = grid.refined((2, 2, 1))
    guide = Volume(np.ones(fine.shape, np.float32), fine)
    with pytest.raises(VolumeError):
        fitted_to_guide(GUIDED, Pair(scan, fine, guide))
