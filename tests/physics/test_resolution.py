"""Known blur and zero-filling are found; sharp scans are left in peace."""

import numpy as np
import pytest
from scipy import ndimage

from crossres.phantom import make_pair
from crossres.physics import AxisResolution, resolution_notes, resolution_of, resolved_grid
from crossres.physics.resolution import _fitted, clearly_wider
from crossres.types import Array3
from crossres.volume import Grid, Volume

MM = np.diag([1.2, 1.2, 1.2, 1.0])


@pytest.fixture(scope="module")
def sharp() -> Volume:
    return make_pair(101, shape=(150, 178, 80), spacing=1.2)[1]


def zero_filled(data: Array3, axis: int, factor: float) -> Array3:
    """Return an image whose spectrum ends where the acquired one did, as scanners interpolate."""
    spectrum = np.fft.rfft(data, axis=axis)
    kept = np.fft.rfftfreq(data.shape[axis]) <= 0.5 / factor
    shape = [-1 if a == axis else 1 for a in range(3)]
    image = np.fft.irfft(spectrum * kept.reshape(shape), n=data.shape[axis], axis=axis)
    return np.abs(image).astype(np.float32)


def test_a_sharp_scan_resolves_its_voxels(sharp: Volume) -> None:
    found = resolution_of(sharp)
    assert clearly_wider(sharp.grid, found) == {}
    assert resolution_notes("the target", sharp.grid, found) == []
    assert resolved_grid(sharp.grid, found) == sharp.grid


@pytest.mark.parametrize(("axis", "factor"), [(0, 1.3), (1, 1.6), (2, 1.6), (0, 2.0)])
def test_zero_filling_is_found(sharp: Volume, axis: int, factor: float) -> None:
    found = resolution_of(sharp.with_data(zero_filled(sharp.data, axis, factor)))
    one = found[axis]
    assert one is not None
    assert one.zero_filling == pytest.approx(factor, rel=0.1)
    assert one.fwhm == pytest.approx(factor * 1.2, rel=0.1)
    assert list(clearly_wider(sharp.grid, found)) == [axis]
    assert "(zero-filled" in resolution_notes("the target", sharp.grid, found)[0]


@pytest.mark.parametrize("voxels", [2.5, 3.0, 4.0])
def test_blur_is_found(sharp: Volume, voxels: float) -> None:
    blurred = ndimage.gaussian_filter1d(sharp.data, voxels / 2.3548, axis=1)
    found = resolution_of(sharp.with_data(blurred))
    one = found[1]
    assert one is not None
    assert one.fwhm / 1.2 == pytest.approx(voxels, rel=0.15)
    assert one.zero_filling == 1
    if voxels > 2.5:
        assert resolved_grid(sharp.grid, found).fwhm[1] == one.fwhm
    assert resolved_grid(sharp.grid, found).fwhm[0] == sharp.grid.fwhm[0]


def test_it_does_not_depend_on_intensities_and_orientation(sharp: Volume) -> None:
    blurred = sharp.with_data(ndimage.gaussian_filter1d(sharp.data, 1.7, axis=0))
    turned = blurred.reordered((2, 0, 1), (False, True, False))
    own, other = resolution_of(blurred)[0], resolution_of(turned.with_data(7 * turned.data))[1]
    assert own is not None
    assert other is not None
    assert other.fwhm == pytest.approx(own.fwhm, rel=0.05)


def test_short_axes_and_empty_images_have_no_spectrum(sharp: Volume) -> None:
    box = (slice(None), slice(None), slice(30, 50))
    slab = sharp.with_data(sharp.data[box], sharp.grid.cropped(box))
    assert resolution_of(slab)[2] is None
    assert resolution_of(sharp.with_data(np.zeros_like(sharp.data))) == (None, None, None)


def test_masks_and_labels_have_no_spectrum(sharp: Volume) -> None:
    mask = (sharp.data > 0.2 * sharp.data.max()).astype(np.float32)
    for data in (mask, np.round(4 * mask) + 0.0):
        assert clearly_wider(sharp.grid, resolution_of(sharp.with_data(data))) == {}
    block = np.zeros((90, 90, 90), np.float32)
    block[10:80, 10:80, 10:80] = 1
    assert resolution_of(Volume(block, Grid(block.shape, MM))) == (None, None, None)


def test_a_width_below_its_standard_error_is_not_measurable() -> None:
    found = AxisResolution(None, 8.5)
    assert found.description == "not measurable"
    grid = Grid((80, 80, 80), MM)
    assert clearly_wider(grid, (None, found, None)) == {}
    assert resolved_grid(grid, (None, found, None)) == grid


@pytest.mark.parametrize("slope", [1.3, 1.9, 2.6])
def test_a_spectrum_without_blur_gives_no_width(slope: float) -> None:
    k = np.linspace(0.03, 0.5, 60)
    noise = np.random.default_rng(0).normal(scale=0.05, size=k.size)
    found = _fitted(k, -slope * np.log(k) + noise, 1.2)
    assert found.fwhm is None
    assert found.description == "not measurable"


def test_the_note_names_axis_found_and_assumed_widths() -> None:
    grid = Grid((80, 80, 80), MM)
    found = (AxisResolution(1.3, 0.1), None, AxisResolution(4.3, 0.2))
    assert resolution_notes("the guide", grid, found) == [
        "the guide resolves 4.30 mm along its axis k, not the 1.20 mm of its voxels: it was "
        "blurred or interpolated"
    ]
    both = (AxisResolution(5.0, 0.1), None, AxisResolution(4.3, 0.2))
    (note,) = resolution_notes("the guide", grid, both)
    assert "5.00 mm along its axis i" in note
    assert "4.30 mm along its axis k" in note
