"""Several scans in memory: any orientation, lists of any form, and clear refusals."""

import numpy as np
import pytest

import crossres as cr
from crossres.registration import RigidTransform, resample
from crossres.types import RegistrationError, SettingsError
from crossres.volume import Grid, Volume
from crossres.workflows.enhance.several import own_fine_grid
from moved_heads import rotated

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
TRUE = rotated(2, (1, 2, -1), (1.2, -1, 1.2))


@pytest.fixture(scope="module")
def pair() -> tuple[Volume, Volume]:
    return cr.make_pair(0, shape=(48, 54, 44), spacing=3.8)


def thick(volume: Volume, axis: int, *, transform: RigidTransform | None = None) -> Volume:
    if transform is not None:
        volume = resample(volume, volume.grid, transform.inverse())
    factors = [4 if a == axis else 1 for a in range(3)]
    return cr.degrade(volume, volume.grid.coarsened((factors[0], factors[1], factors[2])))


def error(estimate: Volume, truth: Volume) -> float:
    return float(np.sqrt(np.square(estimate.data - truth.data).mean()))


@pytest.mark.parametrize("guided", [False, True])
def test_two_scans_are_nearer_to_the_truth_than_either(
    pair: tuple[Volume, Volume], guided: bool
) -> None:
    t1, t2 = pair
    guide = t1 if guided else None
    scans = [thick(t2, 2), thick(t2, 1, transform=TRUE)]
    alone = cr.enhance(scans[0], guide, spacing=3.8)
    done = cr.enhance(scans, guide, spacing=3.8)
    assert done.volume.grid == t2.grid
    assert error(done.volume, t2) < 0.8 * error(alone.volume, t2)
    assert done.scans[1].moved_mm == pytest.approx(TRUE.displacement(t2.grid)[0], rel=0.15)
    assert done.guide_left_out is False or guided


def test_the_order_of_voxels_in_a_file_does_not_matter(pair: tuple[Volume, Volume]) -> None:
    _, t2 = pair
    first, second = thick(t2, 2), thick(t2, 0)
    turned = second.reordered((1, 2, 0), (True, False, True))
    settings = cr.EnhanceSettings(register=False)
    results = [
        cr.enhance([first, other], spacing=3.8, settings=settings).volume
        for other in (second, turned)
    ]
    assert error(results[1], results[0]) < 0.01 * t2.data.std()


def test_oblique_scans(pair: tuple[Volume, Volume]) -> None:
    _, t2 = pair
    oblique = rotated(12, (1, 0.3, 0.2), (0, 0, 0))
    grid = Grid(t2.shape, oblique.matrix @ t2.affine)
    tilted = resample(t2, grid)
    scans = [thick(t2, 2), cr.degrade(tilted, grid.coarsened((1, 4, 1)))]
    done = cr.enhance(scans, spacing=3.8)
    assert done.scans[1].moved_mm < 0.5
    assert error(done.volume, t2) < 0.85 * error(cr.enhance(scans[0], spacing=3.8).volume, t2)


def test_scans_of_one_orientation(pair: tuple[Volume, Volume]) -> None:
    _, t2 = pair
    later = t2.with_data(t2.data[:, :, 2:-2], t2.grid.cropped((slice(None),) * 2 + (slice(2, -2),)))
    scans = [thick(t2, 2), thick(later, 2)]
    done = cr.enhance(scans, spacing=3.8)
    assert error(done.volume, t2) < error(cr.enhance(scans[0], spacing=3.8).volume, t2)


def test_a_list_of_one_is_one_scan(pair: tuple[Volume, Volume]) -> None:
    scan = thick(pair[1], 2)
    assert np.array_equal(
        cr.enhance([scan], spacing=3.8).volume, cr.enhance(scan, spacing=3.8).volume
    )
    assert cr.enhance([(scan.data, scan.affine)], spacing=3.8).scans == ()


def test_warnings_name_the_scan(pair: tuple[Volume, Volume]) -> None:
    _, t2 = pair
    lifted = thick(t2, 1)
    lifted = lifted.with_data(lifted.data + 500)
    done = cr.enhance([thick(t2, 2), lifted], spacing=3.8)
    assert any(text.startswith("scan 2: ") for text in done.warnings)


def test_what_makes_no_sense_for_several_scans_is_refused(pair: tuple[Volume, Volume]) -> None:
    _, t2 = pair
    with pytest.raises(SettingsError, match="guide_influence"):
        cr.enhance(
            [thick(t2, 2), t2], spacing=3.8, settings=cr.EnhanceSettings(guide_influence=True)
        )
    with pytest.raises(SettingsError, match="scan 2 is the same as scan 1"):
        cr.enhance([thick(t2, 2), thick(t2, 2)], spacing=3.8)
    with pytest.raises(SettingsError, match="scan 2: it is as fine"):
        cr.enhance([thick(t2, 2), t2], spacing=3.8)
    with pytest.raises(SettingsError, match="empty list"):
        cr.enhance([], spacing=3.8)


@pytest.mark.parametrize("register", [False, True])
def test_a_scan_elsewhere(pair: tuple[Volume, Volume], register: bool) -> None:
    first, second = thick(pair[1], 2), thick(pair[1], 1)
    affine = second.affine.copy()
    affine[:3, 3] += 300
    far = Volume(second.data, Grid(second.shape, affine))
    settings = cr.EnhanceSettings(register=register)
    if register:
        assert cr.enhance([first, far], spacing=3.8, settings=settings).scans[1].residual < 0.1
    else:
        with pytest.raises(RegistrationError, match="scan 2: it does not overlap the first one"):
            cr.enhance([first, far], spacing=3.8, settings=settings)


def test_another_head_is_refused(pair: tuple[Volume, Volume]) -> None:
    scan = thick(pair[1], 2)
    noise = np.random.default_rng(0).random(scan.shape) * (scan.data > 0)
    with pytest.raises(RegistrationError, match="scan 2: two scans have too little in common"):
        cr.enhance([scan, scan.with_data(noise)], spacing=3.8)


def test_each_scan_gets_as_fine_as_the_result_along_its_own_axes() -> None:
    fine = Grid((40, 40, 20), np.diag([0.5, 0.5, 1.0, 1.0]))
    coronal = Grid((40, 5, 40), np.diag([0.5, 4.0, 0.5, 1.0]))
    assert own_fine_grid(coronal, fine).spacing == pytest.approx((0.5, 0.5, 0.5))


@pytest.mark.parametrize("count", [1, 2])
def test_a_guide_elsewhere_is_as_good_if_its_motion_is_given(
    pair: tuple[Volume, Volume], count: int
) -> None:
    t1, t2 = pair
    scans = [thick(t2, 2), thick(t2, 1, transform=TRUE)][:count]
    far = rotated(40, (1, 2, 0.5), (80, -60, 30))
    elsewhere = t1.with_data(t1.data, Grid(t1.shape, far.matrix @ t1.affine))
    here, there = (
        cr.enhance(scans, guide, spacing=3.8, transform=transform)
        for guide, transform in ((t1, RigidTransform.identity()), (elsewhere, far))
    )
    assert there.aligned.given == far
    assert error(there.volume, here.volume) < 1e-3 * t2.data.std()


def test_a_motion_without_a_guide_is_refused(pair: tuple[Volume, Volume]) -> None:
    with pytest.raises(SettingsError, match="is the motion of a guide; add a `guide`"):
        cr.enhance(thick(pair[1], 2), spacing=3.8, transform=TRUE)
