"""What is air in a scan: ordinary scans, offsets, z-scores, padding, masks, and no air at all."""

from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float

from crossres.io import read
from crossres.phantom import make_pair
from crossres.types import VolumeError
from crossres.volume import Background, Grid, Pair, Volume, background_of, without_background

Image = Float[np.ndarray, "i j k"]
RNG = np.random.default_rng(0)


def brain() -> Image:
    """Return a brain without its skull, whole numbers from 60 to 660, 0 around it."""
    i, j, k = np.indices((24, 26, 12))
    inside = ((i - 11.5) / 9) ** 2 + ((j - 12.5) / 10) ** 2 + ((k - 5.5) / 5) ** 2 < 1
    tissue = np.rint(360 + 300 * np.sin(i / 2) * np.cos(j / 3))
    return np.where(inside, tissue, 0).astype(np.float32)


def noisy(image: Image) -> Image:
    """Return the image with Rician noise in whole numbers, as scanners store it."""
    noise = 8 * RNG.standard_normal((2, *image.shape))
    return np.rint(np.hypot(image + noise[0], noise[1])).astype(np.float32)


def slab() -> Image:
    """Return tissue up to every edge of the volume."""
    return (300 + 300 * RNG.random((16, 16, 10))).astype(np.float32)


HEADS = {
    "brain": brain(),
    "noisy": noisy(brain()),
    "phantom": make_pair(0, shape=(30, 34, 30), spacing=6.0)[1].data,
}


@pytest.mark.parametrize("image", [*HEADS.values(), slab()], ids=[*HEADS, "slab"])
def test_ordinary_scans_are_returned_themselves(image: Image) -> None:
    volume = Volume(image, Grid(image.shape, np.eye(4)))
    pair, found = without_background(Pair(volume, volume.grid, volume))
    assert found == Background()
    assert pair.target is volume
    assert pair.guide is volume


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("offset", [-1024, -300, -100, 1000, 32768])
def test_an_offset_is_measured_exactly(name: str, offset: int) -> None:
    assert background_of((HEADS[name] + offset).astype(np.float32)) == Background(float(offset))


def test_the_darkest_voxel_of_noise_is_not_the_offset() -> None:
    above = np.maximum(noisy(brain()), 1)
    assert background_of(above - np.float32(1024)) == Background(-1024.0)
    assert background_of(above - np.float32(1003)).air == -1002


@pytest.mark.parametrize("name", HEADS)
def test_z_scores_have_their_air_below_0(name: str) -> None:
    image = HEADS[name]
    z = ((image - image.mean()) / image.std()).astype(np.float32)
    found = background_of(z)
    assert found.padding is None
    assert found.air == pytest.approx(-image.mean() / image.std(), abs=2e-3)


@pytest.mark.parametrize("padding", [-1000, -1024, -2000, -32768])
@pytest.mark.parametrize("scale", [1, 6])
def test_padding_is_distinguished_from_an_offset(padding: int, scale: int) -> None:
    padded = np.where(brain() == 0, padding, scale * brain()).astype(np.float32)
    assert background_of(padded) == Background(padding=float(padding))


def test_padding_of_corners_leaves_the_air_beside_it() -> None:
    for offset in (0, -1024):
        cornered = noisy(brain()) + np.float32(offset)
        cornered[:2, :2], cornered[-2:, -2:] = -32768, -32768
        assert background_of(cornered) == Background(float(offset), -32768.0)


@pytest.mark.parametrize("padding", [-1024, -32768])
def test_padding_of_a_part_leaves_the_clean_air_beside_it(padding: int) -> None:
    corners, last = brain(), brain()
    corners[:2, :2], corners[-2:, -2:], last[..., -1] = padding, padding, padding
    for image in (corners, last):
        assert background_of(image) == Background(padding=float(padding))


def test_a_padding_near_the_least_float_is_no_overflow() -> None:
    lowest = np.finfo(np.float32).min
    padded = np.where(brain() == 0, lowest, brain())
    assert background_of(padded) == Background(padding=float(lowest))


def test_z_scores_within_a_mask_have_their_background_in_the_midst() -> None:
    inside = brain()[brain() > 0]
    z = np.where(brain() > 0, (brain() - inside.mean()) / inside.std(), 0).astype(np.float32)
    found = background_of(z)
    assert found.masked
    assert found.padding == 0
    assert found.air == pytest.approx(z.min(), abs=0.05)


def test_where_no_air_is_seen_the_darkest_intensity_counts() -> None:
    z = slab()
    z = (z - z.mean()) / z.std()
    found = background_of(z)
    assert not found.measured
    assert found.air == pytest.approx(z.min(), abs=1e-6)


def test_undershoot_and_signed_noise_around_0_change_nothing() -> None:
    ringing = brain()
    ringing[10, 10, 5] = -40
    signed = (brain() + 12 * RNG.standard_normal(brain().shape)).astype(np.float32)
    assert background_of(ringing) == background_of(signed) == Background()


def test_single_dark_voxels_are_no_padding() -> None:
    spotted = noisy(brain())
    spotted[11, 12, 5] = -3000
    assert background_of(spotted) == Background()


def test_a_removed_background_is_not_found_again() -> None:
    for name, image in HEADS.items():
        for offset in (-1024, 1000):
            volume = Volume(image + offset, Grid(image.shape, np.eye(4)))
            removed = background_of(volume.data).removed(volume)
            assert background_of(removed.data) == Background(), name


def test_a_background_brighter_than_the_head_is_refused() -> None:
    inverted = np.where(brain() == 0, 4095, brain()).astype(np.float32)
    with pytest.raises(VolumeError, match=r"^the background of the image \(4095\) is brighter"):
        background_of(inverted)


@pytest.mark.parametrize("image", [800 - noisy(brain()), -noisy(brain())], ids=["up", "down"])
def test_air_with_noise_that_is_brighter_than_the_head_is_refused(image: Image) -> None:
    with pytest.raises(VolumeError, match="is brighter than the head"):
        background_of(image)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_not_finite_are_refused(value: float) -> None:
    broken = brain()
    broken[0, 0, 0] = value
    with pytest.raises(VolumeError, match="NaN or infinite voxels; replace them"):
        background_of(broken)


def test_intensities_whose_squares_overflow_are_refused() -> None:
    for image in (brain(), slab()):
        with pytest.raises(VolumeError, match=r"span .*, at most 1e\+18 is possible"):
            background_of((image * np.float32(1e30)).astype(np.float32))


@pytest.mark.realdata
def test_no_real_scan_is_warned_of(data_root: Path) -> None:
    paths = [
        *data_root.glob("clinical*/sub-*/*/anat/*.nii.gz"),
        *data_root.glob("*/sub-*/anat/*w.nii.gz"),
    ]
    assert len(paths) > 40
    for path in paths:
        assert background_of(read(path).data) == Background(), path.name
