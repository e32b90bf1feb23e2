"""The local correlation measures shared structures, and its steps lead to them."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from crossres.registration.local_correlation import LocalCorrelation
from crossres.volume import Grid, Volume

STILL = np.zeros(6)


def texture(seed: int = 0, shift: tuple[float, ...] = (0, 0, 0)) -> Volume:
    """Return smooth noise around 5, moved by a shift in mm, voxels of 2 mm."""
    noise = np.random.default_rng(seed).normal(size=(30, 28, 26))
    smooth = ndimage.gaussian_filter(noise, 2.0) * 10
    moved = ndimage.shift(smooth, np.array(shift) / 2.0, order=3, mode="nearest")
    return Volume((5 + moved).astype(np.float32), Grid(noise.shape, np.diag([2.0, 2.0, 2.0, 1.0])))


def compared(target: Volume, guide: Volume) -> LocalCorrelation:
    inside = np.zeros(target.shape, dtype=np.bool_)
    inside[5:-5, 5:-5, 5:-5] = True
    return LocalCorrelation(target, guide, inside)


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (3.0, 40.0), (-0.5, 30.0)])
def test_a_linear_relation_of_either_sign_gives_nearly_one(slope: float, offset: float) -> None:
    guide = texture()
    target = guide.with_data(slope * guide.data + offset)
    related = compared(target, guide).at(STILL).value
    unrelated = compared(target, texture(1)).at(STILL).value
    assert 0 < unrelated < 0.5 * related <= 0.5


def test_the_value_depends_on_neither_unit() -> None:
    guide, target = texture(), texture(shift=(1, 0, 0))
    first = compared(target, guide).at(STILL).value
    scaled = compared(target.with_data(1000 * target.data), guide.with_data(7 * guide.data))
    assert scaled.at(STILL).value == pytest.approx(first, rel=1e-4)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_steps_lead_to_a_known_shift(axis: int) -> None:
    shift = np.zeros(3)
    shift[axis] = 0.8
    both = compared(texture(), texture(shift=tuple(shift)))
    motion = STILL
    for _ in range(6):
        motion = both.moved(motion, both.at(motion).step(1e-3))
    assert np.abs(motion[:3] - shift).max() < 0.05
    assert np.degrees(np.abs(motion[3:]).max()) < 0.1
    assert both.at(motion).value > both.at(STILL).value


def test_a_motion_is_a_rotation_about_the_middle_and_a_translation() -> None:
    both = compared(texture(), texture())
    motion = np.array([1.0, -2.0, 0.5, 0.02, 0.0, -0.01])
    transform = both.transform(motion)
    middle = both.at(STILL).points.mean(axis=0)[None]
    assert transform.apply(middle) - middle == pytest.approx(motion[None, :3])
    turned = Rotation.from_matrix(transform.matrix[:3, :3]).as_rotvec()
    assert turned == pytest.approx(motion[3:])


def test_two_steps_follow_each_other() -> None:
    both = compared(texture(), texture())
    step = np.array([0.5, 0.0, 0.0, 0.0, 0.03, 0.0])
    twice = both.moved(both.moved(STILL, step), step)
    assert twice == pytest.approx(2 * step)


def test_no_voxel_is_an_error() -> None:
    image = texture()
    with pytest.raises(ValueError, match="at least one voxel"):
        LocalCorrelation(image, image, np.zeros(image.shape, dtype=np.bool_))
