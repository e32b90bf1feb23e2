"""Thick scans of one contrast are registered to a fraction of a voxel, whatever their planes."""

import numpy as np
import pytest

from crossres import make_pair
from crossres.physics import degrade
from crossres.registration import RigidTransform, register_same_contrast, resample
from crossres.registration.same_contrast import LEAST, LIKELY
from crossres.types import RegistrationError
from crossres.volume import Volume, foreground_mask
from moved_heads import rotated


@pytest.fixture(scope="module")
def head() -> Volume:
    return make_pair(0, shape=(88, 100, 84), spacing=2.2)[1]


def thick(volume: Volume, axis: int) -> Volume:
    factors = [2 if a == axis else 1 for a in range(3)]
    return degrade(volume, volume.grid.coarsened(tuple(factors)))


def away(found: RigidTransform, true: RigidTransform, volume: Volume) -> float:
    indices = np.argwhere(foreground_mask(volume.data))[::50]
    points = indices @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    return float(np.sqrt(np.square(found.apply(points) - true.apply(points)).sum(1).mean()))


@pytest.mark.parametrize(
    "true", [rotated(2, (1, 2, -1), (1.2, -1, 1.2)), rotated(9, (1, 0, 1), (8, 5, 0))]
)
def test_orthogonal_scans(head: Volume, true: RigidTransform) -> None:
    moved = resample(head, head.grid, true.inverse())
    found = register_same_contrast(thick(moved, 1), to=thick(head, 2))
    assert away(found.transform, true, head) < 0.3
    assert found.correlation > found.correlation_before
    assert found.correlation > LIKELY


def test_a_field_of_the_coils_does_not_move_anything(head: Volume) -> None:
    true = rotated(2, (1, 2, -1), (1.2, -1, 1.2))
    moved = thick(resample(head, head.grid, true.inverse()), 1)
    slope = np.linspace(-0.2, 0.2, moved.shape[0])[:, None, None]
    found = register_same_contrast(
        moved.with_data(1.5 * moved.data * np.exp(slope)), to=thick(head, 2)
    )
    assert away(found.transform, true, head) < 0.3


def test_an_unmoved_scan_is_not_moved(head: Volume) -> None:
    found = register_same_contrast(head, to=head)
    assert found.transform.is_identity
    assert found.correlation == pytest.approx(1)


def test_headers_can_be_trusted(head: Volume) -> None:
    moved = resample(head, head.grid, rotated(2, (1, 2, -1), (2, -1, 1)))
    found = register_same_contrast(moved, to=head, search=False)
    assert found.transform.is_identity
    assert found.correlation == found.correlation_before < 1


def test_a_start_is_refined(head: Volume) -> None:
    true = rotated(3, (0, 2, -1), (2.2, -1, 1.2))
    moved = resample(head, head.grid, true.inverse())
    near = rotated(2.5, (0, 2, -1), (1.8, -1, 1))
    found = register_same_contrast(moved, to=head, start=near)
    assert away(found.transform, true, head) < 0.2


def test_another_subject_is_refused() -> None:
    one, other = (make_pair(n, shape=(60, 66, 54), spacing=3.0)[1] for n in (0, 7))
    with pytest.raises(RegistrationError, match="one contrast of one subject"):
        register_same_contrast(thick(other, 0), to=thick(one, 2))


def test_scans_without_anything_in_common_are_refused(head: Volume) -> None:
    noise = np.random.default_rng(0).random(head.shape) * (head.data > 0)
    with pytest.raises(RegistrationError, match="one contrast of one subject"):
        register_same_contrast(head.with_data(noise), to=head)


@pytest.mark.parametrize("start", [None, RigidTransform.identity()])
def test_a_half_empty_scan_stays_where_nothing_better_is_found(
    start: RigidTransform | None,
) -> None:
    head = make_pair(0, shape=(60, 66, 54), spacing=3.0)[1]
    scan = degrade(head, head.grid.coarsened((3, 1, 1)))
    data = scan.data.copy()
    data[:8] = 0
    reference = degrade(head, head.grid.coarsened((1, 1, 3)))
    found = register_same_contrast(scan.with_data(data), to=reference, start=start)
    assert found.transform.is_identity
    assert found.correlation >= found.correlation_before
    assert found.correlation > LEAST


@pytest.mark.parametrize("seed", range(3))
def test_the_correlation_never_falls_and_noise_stops_nothing(seed: int) -> None:
    head = make_pair(0, shape=(44, 50, 42), spacing=4.4)[1]
    noise = np.random.default_rng(seed).random(head.shape) * (head.data > 0)
    start = RigidTransform.identity()
    found = register_same_contrast(head.with_data(noise), to=head, start=start)
    assert np.isfinite(found.transform.matrix).all()
    assert found.correlation >= found.correlation_before
