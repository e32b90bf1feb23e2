"""Whole volumes: same scene, same result, however it is stored, scaled or batched."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.spatial.transform import Rotation

from crossres.inference import Cascade, super_resolve
from crossres.inference.single_pass import empty_voxels
from crossres.networks import GuidedRDN
from crossres.physics import BackProjection
from crossres.types import GridError, SettingsError, VolumeError
from crossres.volume import Grid, Pair, Volume

STORED = {
    "RAS": ((0, 1, 2), (False, False, False)),
    "LAS": ((0, 1, 2), (True, False, False)),
    "LPS": ((0, 1, 2), (True, True, False)),
    "PIR": ((1, 2, 0), (True, True, False)),
}
ALL = [(2, 2, 1), (1, 1, 4)]


def active(*, guided: bool = True, **settings) -> Cascade:
    """Return a cascade whose network adds something that has a direction."""
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=2, width=6, guided=guided, norm="none")
    with torch.no_grad():
        for parameter in network.out.parameters():
            parameter.normal_(0, 0.2)
    return Cascade((network,), **settings)


def head(grid: Grid, seed: int) -> np.ndarray:
    """Return a blob with texture, and exact zeros around it."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random(grid.shape), 0.8)
    where = [(np.arange(n) + 0.5) / n * 2 - 1 for n in grid.shape]
    radius = np.linalg.norm(np.stack(np.meshgrid(*where, indexing="ij")), axis=0)
    return np.where(radius < 0.8, 400 + 2000 * noise, 0).astype(np.float32)


def scene(factors=(2, 2, 1), shape=(13, 16, 7)) -> Pair:
    affine = np.diag([1.1, 1.0, 2.5, 1.0])
    affine[:3, 3] = -30, 12, 55
    coarse = Grid(shape, affine)
    fine = coarse.refined(factors)
    return Pair(Volume(head(coarse, 0), coarse), fine, Volume(head(fine, 1) * 3, fine))


def stored(pair: Pair, code: str) -> Pair:
    order = STORED[code]
    return Pair(*(x.reordered(*order) for x in (pair.target, pair.fine, pair.guide)))


def tilted(pair: Pair) -> tuple[Pair, np.ndarray]:
    """Rotate the whole scene in the world, and return the rotation."""
    orient = np.eye(4)
    orient[:3, :3] = Rotation.from_euler("xyz", (9, -14, 21), degrees=True).as_matrix()
    orient[:3, 3] = 5, -7, 11
    target, fine, guide = (
        Grid(g.shape, orient @ g.affine) for g in (pair.target.grid, pair.fine, pair.guide.grid)
    )
    moved = Pair(
        pair.target.with_data(pair.target.data, target),
        fine,
        pair.guide.with_data(pair.guide.data, guide),
    )
    return moved, orient


@pytest.mark.parametrize("factors", ALL)
@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("code", STORED)
def test_the_same_scene_gives_the_same_result(code, oblique, factors):
    base = scene(factors)
    expected = super_resolve(active(), base).volume
    pair, orient = tilted(base) if oblique else (base, np.eye(4))
    pair = stored(pair, code)
    result = super_resolve(active(), pair).volume
    assert result.grid == pair.fine
    canonical = result.canonical()
    np.testing.assert_allclose(canonical.grid.affine, orient @ expected.grid.affine, atol=1e-9)
    np.testing.assert_allclose(canonical.data, expected.data, rtol=0, atol=1e-3)


@pytest.mark.parametrize("factors", [(2, 2, 1), (4, 4, 1), (1, 1, 4), (2, 1, 1), (1.3, 2.5, 1)])
def test_the_result_is_on_the_fine_grid_and_adds_detail(factors):
    pair = scene(factors)
    result = super_resolve(active(), pair)
    assert result.volume.grid == pair.fine
    assert result.interpolated.grid == pair.fine
    assert result.volume.data.dtype == np.float32
    difference = np.abs(result.volume.data - result.interpolated.data)
    assert difference.max() > 0.01 * pair.target.data.max()


def test_consistency_is_measured_on_what_is_returned():
    pair = scene()
    result = super_resolve(active(), pair)
    assert result.consistency.result < result.consistency.interpolation < 0.5
    idle = Cascade((GuidedRDN(blocks=1, layers=1, width=4, guided=False),))
    assert super_resolve(idle, pair).consistency.interpolation == result.consistency.interpolation
    assert result.seconds > 0


@pytest.mark.parametrize("batch", [2, 3, 100])
@pytest.mark.parametrize("factors", ALL)
def test_the_batch_does_not_matter(batch, factors):
    pair = scene(factors)
    one = super_resolve(active(), pair, batch=1).volume.data
    many = super_resolve(active(), pair, batch=batch).volume.data
    assert np.abs(many - one).max() <= 1e-5 * pair.target.data.max()


@pytest.mark.parametrize("factors", ALL)
def test_zeros_stay_zero(factors):
    pair = scene(factors)
    result = super_resolve(active(), pair).volume.data
    inside = np.repeat(np.repeat(np.repeat(
        pair.target.data > 0, factors[0], 0), factors[1], 1), factors[2], 2)  # fmt: skip
    assert (result[~inside] == 0).all()
    assert (result[inside] > 0).mean() > 0.95
    assert result.min() == 0


@pytest.mark.parametrize("shape", [(13, 11, 3), (9, 16, 1)])
def test_odd_sizes(shape):
    pair = scene((2, 2, 1), shape)
    assert super_resolve(active(), pair).volume.data.shape == pair.fine.shape


@pytest.mark.parametrize("gain", [1e-3, 1000])
def test_scales_with_the_intensities(gain):
    pair = scene()
    base = super_resolve(active(), pair)
    brighter = Pair(
        pair.target.with_data(pair.target.data * np.float32(gain)), pair.fine, pair.guide
    )
    result = super_resolve(active(), brighter)
    tolerance = 1e-4 * base.volume.data.max()
    np.testing.assert_allclose(result.volume.data / gain, base.volume.data, rtol=0, atol=tolerance)
    assert result.consistency.result == pytest.approx(base.consistency.result, rel=1e-2)


def test_does_not_depend_on_the_scale_of_the_guide():
    pair = scene()
    dimmer = Pair(pair.target, pair.fine, pair.guide.with_data(pair.guide.data / 100))
    one, other = (super_resolve(active(), p).volume.data for p in (pair, dimmer))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * one.max())


def test_the_guide_matters_only_to_guided_cascades():
    pair = scene()
    mirrored = Pair(pair.target, pair.fine, pair.guide.with_data(pair.guide.data[::-1]))
    for guided in (True, False):
        one, other = (super_resolve(active(guided=guided), p).volume.data for p in (pair, mirrored))
        assert np.array_equal(one, other) is not guided


def test_it_works_without_a_guide():
    pair = scene()
    result = super_resolve(active(guided=False), Pair(pair.target, pair.fine))
    assert result.volume.grid == pair.fine


def test_a_guided_cascade_needs_a_guide():
    pair = scene()
    with pytest.raises(SettingsError, match="need a guide; add one, or choose unguided weights"):
        super_resolve(active(), Pair(pair.target, pair.fine))


def test_one_axis_must_stay():
    with pytest.raises(GridError, match="one axis must keep its spacing"):
        super_resolve(active(), scene((2, 2, 2)))


def test_one_axis_must_change():
    with pytest.raises(GridError, match="no axis gets finer; choose a factor above 1"):
        super_resolve(active(), scene((1, 1, 1)))


def test_a_batch_has_slices():
    with pytest.raises(SettingsError, match="at least 1 slice, got 0"):
        super_resolve(active(), scene(), batch=0)


def test_needs_a_magnitude_image():
    pair = scene()
    with pytest.raises(VolumeError, match="no intensity above 0"):
        super_resolve(
            active(), Pair(pair.target.with_data(-pair.target.data), pair.fine, pair.guide)
        )


def test_progress_counts_the_slices_that_are_not_empty():
    pair = scene()
    data = pair.target.data.copy()
    data[:, :, :2] = 0
    reported = []
    super_resolve(
        active(), Pair(pair.target.with_data(data), pair.fine, pair.guide),
        batch=2, progress=lambda *now: reported.append(now),
    )  # fmt: skip
    used = int(data.any(axis=(0, 1)).sum())
    assert reported[-1] == (used, used)
    assert all(total == used for _, total in reported)


class Along(torch.nn.Module):
    """Adds a texture that runs along the second axis of whatever slice it is given."""

    guided = False

    def forward(self, upsampled, guide=None):
        return upsampled + torch.linspace(-1, 1, upsampled.shape[3]) * (upsampled > 0.1)


def test_where_one_axis_gets_finer_both_planes_that_hold_it_count_alike():
    pair = scene((1, 1, 3))
    pair = Pair(pair.target, pair.fine)
    cascade = Cascade((Along(),), 3.0, BackProjection("none"), axes=1)
    reported = []
    result = super_resolve(
        cascade, pair, progress=lambda done, total: reported.append((done, total))
    )
    added = result.volume.data - result.interpolated.data
    inside = ndimage.binary_erosion(result.interpolated.data > 700, iterations=2)
    i, j = np.indices(added.shape)[:2] / np.array(added.shape)[:2, None, None, None]
    design = np.stack([i[inside], j[inside], np.ones(inside.sum())], axis=1)
    slopes = np.linalg.lstsq(design, added[inside], rcond=None)[0]
    assert slopes[0] == pytest.approx(slopes[1], rel=0.15)
    assert reported[-1][0] == reported[-1][1]
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)


def test_empty_voxels_lie_in_empty_coarse_voxels():
    data = np.ones((3, 2, 1), np.float32)
    data[1, 0] = 0
    empty = empty_voxels(data, Grid((6, 5, 1), np.diag([0.5, 0.4, 1, 1])))
    assert empty[2:4, :2].all()
    assert not empty[:2].any()
    assert not empty[:, 3:].any()


class Negative(Cascade):
    """An enhancer whose estimates are -0.5 everywhere."""

    def enhance(self, target, guide, coarse, fine):
        return torch.full((len(target), 1, *fine.shape[:2]), -0.5)


@pytest.mark.parametrize(("lowest", "clipped"), [(0.0, True), (0.5, True), (-1.0, False)])
def test_estimates_are_clipped_at_0_unless_the_target_has_negative_values(lowest, clipped):
    coarse = Grid((6, 6, 3), np.diag([2.0, 2.0, 3.0, 1.0]))
    data = np.full(coarse.shape, 100.0)
    data[0, 0, 0] = lowest
    plain = BackProjection("none")
    network = GuidedRDN(blocks=1, layers=1, width=4, guided=False)
    enhancer = Negative((network,), back_projection=plain)
    pair = Pair(Volume(data, coarse), coarse.refined((2, 2, 1)))
    result = super_resolve(enhancer, pair).volume.data
    assert (result == 0).all() if clipped else (result < 0).all()


@pytest.mark.parametrize("device", ["gpu", "cpu:3", ""])
def test_a_device_that_does_not_exist_is_refused(device):
    with pytest.raises(SettingsError, match="no device is named"):
        super_resolve(active(), scene(), device=device)
