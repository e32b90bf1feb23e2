"""A scan anywhere in the world: exact adjoint, constants, the profile, places in the world."""

import itertools

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from crossres.physics import Acquisition, MovedAcquisition, degrade
from crossres.registration import RigidTransform, resample
from crossres.types import GridError
from crossres.volume import Grid, Profile, Volume

FINE = Grid((20, 24, 28), np.diag([1.0, 1.0, 1.0, 1.0]))
FACTORS = ((1, 1, 4), (1, 4, 1), (4, 1, 1))


def motion(degrees: float, mm: float = 1.3) -> RigidTransform:
    """Return a rotation about the centre of the fine grid, and a shift."""
    matrix = np.eye(4)
    direction = np.array([1.0, -0.6, 0.4]) / np.linalg.norm([1.0, -0.6, 0.4])
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * direction).as_matrix()
    matrix[:3, 3] = FINE.centre + mm * direction - matrix[:3, :3] @ FINE.centre
    return RigidTransform(matrix)


@pytest.mark.parametrize(
    ("degrees", "factors"), list(itertools.product((0, 2, 20, 44, 130), FACTORS))
)
def test_adjoint_and_constants(degrees: float, factors: tuple[int, int, int]) -> None:
    coarse = FINE.coarsened(factors).reordered((1, 2, 0), (True, False, True))
    acquisition = MovedAcquisition(FINE, coarse, motion(degrees).matrix)
    x, y = torch.rand(FINE.shape), torch.rand(coarse.shape)
    one, other = (acquisition.forward(x) * y).sum(), (x * acquisition.adjoint(y)).sum()
    assert float(one) == pytest.approx(float(other), rel=1e-5)
    seen = acquisition.forward(torch.ones(FINE.shape))[acquisition.inside > 0]
    assert seen.numel() > 0
    assert torch.allclose(seen, torch.ones_like(seen), atol=1e-5)


@pytest.mark.parametrize("factors", FACTORS)
def test_without_motion_it_is_the_acquisition_of_one_scan(factors: tuple[int, int, int]) -> None:
    coarse, x = FINE.coarsened(factors), torch.rand(FINE.shape)
    moved, plain = MovedAcquisition(FINE, coarse), Acquisition(FINE, coarse)
    assert torch.allclose(moved.forward(x), plain.forward(x[None, None])[0, 0], atol=1e-6)
    assert moved.inside.min() == 1
    assert moved.mean_eigenvalue == pytest.approx(plain.mean_eigenvalue, rel=1e-5)


def test_order_and_direction_of_the_axes_do_not_matter() -> None:
    coarse, x = FINE.coarsened((1, 1, 4)), torch.rand(FINE.shape)
    other = coarse.reordered((2, 0, 1), (True, False, True))
    expected = MovedAcquisition(FINE, coarse).forward(x).permute(2, 0, 1).flip(0, 2)
    assert torch.allclose(MovedAcquisition(FINE, other).forward(x), expected, atol=1e-6)


@pytest.mark.parametrize("degrees", [3, 25])
def test_a_point_keeps_its_place_in_the_world(degrees: float) -> None:
    transform = motion(degrees)
    coarse = FINE.coarsened((1, 1, 2))
    acquisition = MovedAcquisition(FINE, coarse, transform.matrix)
    indices = np.stack(np.meshgrid(*(np.arange(n) for n in coarse.shape), indexing="ij"), axis=-1)
    world = transform.inverse().apply(
        indices.reshape(-1, 3) @ coarse.affine[:3, :3].T + coarse.affine[:3, 3]
    )
    places = np.indices(FINE.shape)
    inside = (acquisition.inside > 0)[4:-4, 4:-4, 2:-2]
    for axis in range(3):
        found = acquisition.forward(torch.from_numpy(places[axis].astype(np.float32)))
        away = found - torch.from_numpy(world[:, axis].reshape(coarse.shape))
        assert away[4:-4, 4:-4, 2:-2][inside].abs().max() < 0.12


def test_it_agrees_with_resampling_and_degrading() -> None:
    rng = np.random.default_rng(0)
    points = np.indices(FINE.shape).reshape(3, -1).T
    waves = rng.normal(size=(6, 3)) * 0.25
    data = np.cos(points @ waves.T).sum(axis=1).reshape(FINE.shape)
    volume, transform = Volume(data, FINE), motion(4)
    coarse = FINE.coarsened((1, 1, 4))
    expected = degrade(resample(volume, FINE, transform.inverse()), coarse)
    found = MovedAcquisition(FINE, coarse, transform.matrix).forward(torch.from_numpy(volume.data))
    inner = (slice(5, -5), slice(5, -5), slice(2, -2))
    away = found.numpy()[inner] - expected.data[inner]
    assert np.abs(away).max() < 0.05 * expected.data.std()


def test_the_profile_of_the_scan_is_used() -> None:
    coarse = FINE.coarsened((1, 1, 4))
    thin = Grid(coarse.shape, coarse.affine, (*coarse.profiles[:2], Profile(2.0)))
    x = torch.zeros(FINE.shape)
    x[:, :, 14] = 1
    away = [MovedAcquisition(FINE, grid).forward(x)[10, 10].max() for grid in (coarse, thin)]
    assert away[1] > 1.5 * away[0]


def test_voxels_beyond_the_fine_grid_are_marked() -> None:
    shifted = FINE.affine.copy()
    shifted[2, 3] += 14
    coarse = Grid(FINE.shape, shifted).coarsened((1, 1, 4))
    inside = MovedAcquisition(FINE, coarse).inside
    assert inside[:, :, :3].min() == 1
    assert inside[:, :, 4:].max() == 0


def test_axes_that_are_sheared_too_far_are_refused() -> None:
    affine = np.eye(4)
    affine[0, 1], affine[1, 0] = 0.99, 0.99
    with pytest.raises(GridError, match="sheared"):
        MovedAcquisition(FINE, Grid((8, 8, 8), affine))


def test_every_rotation_is_accepted() -> None:
    coarse = FINE.coarsened((1, 1, 4))
    for rotation in Rotation.random(40, random_state=0):
        matrix = np.eye(4)
        matrix[:3, :3] = rotation.as_matrix()
        assert MovedAcquisition(FINE, coarse, matrix).mean_eigenvalue > 0


@pytest.mark.parametrize("axis", [0, 1])
def test_a_rotated_scan_loses_nothing_in_its_plane(axis: int) -> None:
    fine = Grid((48, 48, 48), np.eye(4))
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("z", 25, degrees=True).as_matrix()
    turn[:3, 3] = fine.centre - turn[:3, :3] @ fine.centre
    coarse, wave = fine.coarsened((1, 1, 4)), 2 * np.pi * 0.25 * turn[axis, :3]
    places = np.indices(fine.shape).reshape(3, -1).T - np.array(fine.centre)
    x = torch.from_numpy(np.cos(places @ wave).reshape(fine.shape).astype(np.float32))
    seen = MovedAcquisition(fine, coarse, turn).forward(x)[12:-12, 12:-12, 4:-4]
    assert float(seen.std()) == pytest.approx(np.sqrt(0.5), rel=0.05)
