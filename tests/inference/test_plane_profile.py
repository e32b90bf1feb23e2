"""The spectrum decides on the profile of the plane; truncated k-space is no longer sharpened."""

import numpy as np
import pytest

import crossres as cr
from crossres.inference.assumed_profile import plane_axes
from crossres.inference.plane_profile import (
    apodised,
    profile_notes,
    with_plane_profiles,
    without_zero_filling,
)
from crossres.physics import AxisResolution, degrade, resolution_of, volume_consistency
from crossres.volume import Grid, Pair, Profile, Volume, background_of, with_slice_profile

SINC = Profile(shape="band-limited")
SHARP, SOFT = AxisResolution(1.0, 0.1), AxisResolution(1.0, 0.1, 1.0, 5.5)


def grid_of(spacing: tuple[float, float, float], shape: tuple[int, int, int]) -> Grid:
    return Grid(shape, np.diag([*spacing, 1.0]))


@pytest.fixture(scope="module")
def truth() -> Volume:
    return cr.make_pair(101, shape=(208, 240, 36), spacing=0.85)[1]


def sampled(truth: Volume, profile: Profile) -> Volume:
    coarse = truth.grid.coarsened((2, 2, 1))
    return degrade(truth, Grid(coarse.shape, coarse.affine, (profile, profile, Profile())))


def test_slices_and_known_profiles_are_no_axes_of_the_plane() -> None:
    thick = grid_of((1.0, 1.0, 4.0), (16, 16, 8))
    assert plane_axes(thick, thick.refined((2, 2, 4))) == [0, 1]
    assert plane_axes(thick, thick.refined((1, 1, 4))) == []
    cube = grid_of((1.0, 1.0, 1.2), (16, 16, 16))
    assert plane_axes(cube, cube.refined((2, 2, 2))) == [0, 1, 2]
    assert plane_axes(with_slice_profile(cube, 2.0, axis=2), cube.refined((2, 2, 2))) == [0, 1]


@pytest.mark.parametrize(
    ("found", "choice", "shape"),
    [
        ((SHARP, SHARP, None), "measured", "band-limited"),
        ((SOFT, SOFT, None), "measured", "gaussian"),
        ((SHARP, SOFT, None), "measured", "band-limited"),
        ((None, None, None), "measured", "gaussian"),
        ((SOFT, SOFT, None), "band-limited", "band-limited"),
        ((SHARP, SHARP, None), "gaussian", "gaussian"),
    ],
)
def test_the_mean_of_both_axes_decides(found, choice, shape) -> None:
    grid = grid_of((1.0, 1.0, 4.0), (16, 16, 8))
    scan = Volume(np.ones(grid.shape), grid)
    profiles = with_plane_profiles(scan, grid.refined((2, 2, 1)), found, choice).grid.profiles
    assert [one.shape for one in profiles] == [shape, shape, "gaussian"]
    assert [one.fwhm for one in profiles] == [1.0, 1.0, 4.0]


@pytest.mark.parametrize("shape", ["gaussian", "band-limited"])
def test_the_profile_of_a_scan_is_found(truth: Volume, shape: str) -> None:
    scan = sampled(truth, SINC if shape == "band-limited" else Profile())
    read = scan.with_data(scan.data, truth.grid.coarsened((2, 2, 1)))
    seen = with_plane_profiles(read, truth.grid, resolution_of(read), "measured")
    assert {one.shape for one in seen.grid.profiles[:2]} == {shape}


@pytest.fixture(scope="module")
def small() -> Volume:
    return cr.make_pair(0, shape=(144, 160, 6), spacing=1.0)[1]


def test_truncated_k_space_gains_and_agrees_with_the_scan(small: Volume) -> None:
    scan = sampled(small, SINC)
    scan = scan.with_data(np.maximum(scan.data, 0), small.grid.coarsened((2, 2, 1)))
    away = {}
    for choice in ("gaussian", "band-limited"):
        settings = cr.EnhanceSettings(plane_profile=choice, noise=0.0)
        done = cr.enhance(scan, spacing=small.grid.spacing, settings=settings)
        away[choice] = np.square(done.volume.data - small.data).mean()
    cubic = np.square(done.interpolated.data - small.data).mean()
    assert away["band-limited"] < cubic < away["gaussian"]
    assert done.consistency.result < 0.5 * done.consistency.interpolation
    assert volume_consistency(done.volume, done.pair.target) == pytest.approx(
        done.consistency.result, abs=1e-4
    )


def test_the_spectrum_decides_by_default(small: Volume, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = degrade(small, small.grid.coarsened((2, 2, 1)))
    scan = Volume(scan.data, Grid(scan.shape, np.diag([2.0, 2.0, 2.0, 1.0])))
    monkeypatch.setattr(
        "crossres.inference.prepared_scan.resolution_of", lambda *_: (SHARP, SHARP, None)
    )
    done = cr.enhance(scan, factor=(2, 2, 1), settings=cr.EnhanceSettings(noise=0.0))
    assert [one.shape for one in done.pair.target.grid.profiles[:2]] == ["band-limited"] * 2
    assert {one.shape for one in done.passes[0].pair.target.grid.profiles} == {"gaussian"}


def test_apodised_pairs(truth: Volume) -> None:
    pair = Pair(sampled(truth, SINC), truth.grid)
    assert {one.shape for one in apodised(pair).target.grid.profiles} == {"gaussian"}
    plain = Pair(sampled(truth, Profile()), truth.grid)
    assert apodised(plain) is plain


def zero_filled(data: np.ndarray, axis: int, factor: float) -> np.ndarray:
    spectrum = np.fft.rfft(data, axis=axis)
    kept = np.fft.rfftfreq(data.shape[axis]) <= 0.5 / factor
    shape = [-1 if a == axis else 1 for a in range(3)]
    return np.abs(np.fft.irfft(spectrum * kept.reshape(shape), n=data.shape[axis], axis=axis))


def test_zero_filling_is_undone_where_the_axis_gets_finer(truth: Volume) -> None:
    filled = truth.with_data(zero_filled(truth.data, 0, 1.6).astype(np.float32))
    fine = truth.grid.refined((2, 2, 1))
    found, notes = without_zero_filling(filled, fine, "measured")
    assert found.shape[1:] == truth.shape[1:]
    assert found.shape[0] == pytest.approx(truth.shape[0] / 1.6, rel=0.06)
    assert f"its {found.shape[0]} acquired samples are used, not its 208" in notes[0]
    assert without_zero_filling(filled, fine, "gaussian") == (filled, [])
    across = truth.grid.refined((1, 1, 2))
    assert without_zero_filling(filled, across, "measured") == (filled, [])


def test_whole_factors_are_preferred(truth: Volume) -> None:
    filled = truth.with_data(zero_filled(truth.data, 1, 2.0).astype(np.float32))
    found, _ = without_zero_filling(filled, truth.grid.refined((2, 2, 1)), "measured")
    assert found.shape[1] == truth.shape[1] // 2


@pytest.mark.parametrize(("air", "padding"), [(1000.0, 0.0), (0.0, -500.0)])
def test_air_and_padding_do_not_change_the_acquired_samples(
    truth: Volume, air: float, padding: float
) -> None:
    filled = truth.with_data(zero_filled(truth.data, 1, 2.0).astype(np.float32))
    filled = filled.with_data(np.where(truth.data == 0, 0, filled.data))
    fine = truth.grid.refined((2, 2, 1))
    plain, _ = without_zero_filling(filled, fine, "measured")
    data = np.where(filled.data == 0, padding, filled.data) if padding else filled.data + air
    found, _ = without_zero_filling(filled.with_data(data), fine, "measured")
    removed = background_of(found.data).removed(found)
    assert np.abs(removed.data - plain.data).max() < 1e-3 * plain.data.max()


def test_a_band_limit_without_effect_is_warned_of() -> None:
    thick = grid_of((1.0, 1.0, 4.0), (16, 16, 8))
    across = thick.refined((1, 1, 4))
    assert "has no effect" in profile_notes(thick, across, "band-limited")[0]
    assert profile_notes(thick, across, "measured") == []
    assert profile_notes(thick, thick.refined((2, 2, 1)), "band-limited") == []
