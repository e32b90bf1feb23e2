"""The thickness of slices is found from the scan, whatever their distance, or nothing is."""

import numpy as np
import pytest

from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.physics.slice_spectra import FEWEST, slice_thickness_of
from crossres.volume import Volume, with_slice_profile


@pytest.fixture(scope="module")
def head() -> Volume:
    return make_pair(101, shape=(160, 192, 120), spacing=1.2)[1]


@pytest.mark.parametrize("thickness", [0.7, 1.0, 1.5])
def test_thickness_is_found(head: Volume, thickness: float) -> None:
    distance = 4 * head.grid.spacing[2]
    grid = with_slice_profile(head.grid.coarsened((1, 1, 4)), thickness * distance, axis=2)
    found = slice_thickness_of(degrade(head, grid))
    assert found == pytest.approx(thickness * distance, abs=0.2 * distance)


def test_intensities_and_the_order_of_axes_do_not_matter(head: Volume) -> None:
    scan = degrade(head, head.grid.coarsened((1, 1, 4)))
    found = slice_thickness_of(scan)
    turned = scan.reordered((2, 0, 1), (True, False, False))
    assert slice_thickness_of(turned) == pytest.approx(found, rel=1e-3)
    assert slice_thickness_of(scan.with_data(7 * scan.data)) == pytest.approx(found, rel=1e-3)


def test_nothing_is_found_on_what_shows_nothing(head: Volume) -> None:
    assert slice_thickness_of(head) is None
    scan = degrade(head, head.grid.coarsened((1, 1, 8)))
    assert scan.shape[2] < FEWEST
    assert slice_thickness_of(scan) is None
    thick = degrade(head, head.grid.coarsened((1, 1, 4)))
    assert slice_thickness_of(thick.with_data(np.zeros_like(thick.data))) is None
    noise = np.random.default_rng(0).random(thick.shape).astype(np.float32)
    assert slice_thickness_of(thick.with_data(noise)) is None
