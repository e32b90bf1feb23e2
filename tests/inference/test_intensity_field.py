"""The ratio of two scans and its smooth field are found, and taken out."""

import numpy as np
import pytest

from crossres import make_pair
from crossres.inference.intensity_field import fit_field
from crossres.registration import RigidTransform
from crossres.volume import Grid, Volume, foreground_mask


@pytest.fixture(scope="module")
def head() -> Volume:
    return make_pair(0, shape=(60, 68, 56), spacing=3.3)[1]


def field(shape: tuple[int, int, int]) -> np.ndarray:
    i, j, k = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return 1.7 * np.exp(0.2 * i - 0.15 * j**2 + 0.1 * k * i)


def test_a_smooth_field_is_found(head: Volume) -> None:
    true = field(head.shape)
    found = fit_field(head.with_data(head.data * true), head)
    inside = foreground_mask(head.data)
    assert found.on(head.grid)[inside] == pytest.approx(true[inside], rel=0.05)
    assert found.ratio == pytest.approx(float(np.median(true[inside])), rel=0.05)
    assert found.span[0] < 1 < found.span[1]


def test_equal_scans_have_no_field(head: Volume) -> None:
    found = fit_field(head, head)
    assert found.ratio == pytest.approx(1)
    assert found.on(head.grid) == pytest.approx(1)


def test_the_field_moves_with_the_scan(head: Volume) -> None:
    found = fit_field(head.with_data(head.data * field(head.shape)), head)
    shift = np.eye(4)
    shift[0, 3] = 30.0
    moved = Grid(head.shape, shift @ head.affine)
    back = RigidTransform(np.linalg.inv(shift))
    assert found.on(moved, back) == pytest.approx(found.on(head.grid))


def test_it_is_constant_beyond_the_head(head: Volume) -> None:
    found = fit_field(head.with_data(head.data * field(head.shape)), head)
    far = head.affine.copy()
    far[:3, 3] += 1000
    values = found.on(Grid(head.shape, far))
    assert values == pytest.approx(values[0, 0, 0])


def test_nothing_in_common_leaves_the_intensities(head: Volume) -> None:
    empty = head.with_data(np.zeros(head.shape))
    assert fit_field(empty, head).ratio == 1


def test_negative_intensities_are_left_out() -> None:
    box = Volume(np.pad(np.full((16, 16, 16), 100.0), 8), Grid((32, 32, 32), np.diag([5, 5, 5, 1])))
    data = box.data.copy()
    data[14:18, 14:18, 14:18] = -1000
    found = fit_field(box.with_data(2 * data), box)
    assert np.isfinite(found.coefficients).all()
    assert found.ratio == pytest.approx(2, rel=0.1)
