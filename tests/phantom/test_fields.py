"""Fields depend on the position, not on the grid."""

import numpy as np
import pytest

from crossres.phantom.fields import (
    interpolate,
    open_mesh,
    smooth_field,
    wave_field,
)

AXIS = np.linspace(-40, 40, 41)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_part_of_a_field_is_the_field_there() -> None:
    field = smooth_field(rng(), 9)
    whole = field.on((AXIS, AXIS, AXIS))
    part = field.on((AXIS, AXIS[5:9], AXIS[20:21]))
    np.testing.assert_allclose(part, whole[:, 5:9, 20:21], atol=1e-5)


def test_scattered_points_agree_with_axes() -> None:
    field = wave_field(rng(), 20)
    axes = (AXIS[:7], AXIS[3:8], AXIS[30:])
    points = np.stack(np.broadcast_arrays(*open_mesh(axes)))
    np.testing.assert_allclose(field.at(points), field.on(axes), atol=1e-4)


def test_smooth_field_has_unit_variance_and_no_mean() -> None:
    values = smooth_field(rng(), 5).on((3 * AXIS, 3 * AXIS, 3 * AXIS))
    assert abs(values.mean()) < 0.1
    assert values.std() == pytest.approx(1, abs=0.15)


def test_smooth_field_is_smooth() -> None:
    fine = np.arange(-20, 20, 0.1)
    values = smooth_field(rng(), 10).on((fine, np.zeros(1), np.zeros(1)))[:, 0, 0]
    assert np.abs(np.diff(values)).max() < 0.1


def test_wave_field_changes_sign_every_half_wavelength() -> None:
    line = np.arange(-130, 130, 0.5)
    values = wave_field(rng(), 20).on((line, AXIS, AXIS))
    crossings = (np.diff(np.sign(values), axis=0) != 0).sum() / values[0].size
    # A line through random directions meets sqrt(3) fewer sheets than one across them.
    assert 260 / crossings == pytest.approx(10 * np.sqrt(3), rel=0.1)


def test_interpolation_keeps_the_knots_and_quadratics() -> None:
    knots = (np.arange(-20.0, 21, 2.5),) * 3
    values = open_mesh(knots)[0] ** 2 + 3 * open_mesh(knots)[1] - open_mesh(knots)[2]
    points = np.linspace(-12, 12, 13)
    expected = (
        open_mesh((points,) * 3)[0] ** 2
        + 3 * open_mesh((points,) * 3)[1]
        - open_mesh((points,) * 3)[2]
    )
    np.testing.assert_allclose(interpolate(values, knots, (points,) * 3), expected, atol=1e-3)
