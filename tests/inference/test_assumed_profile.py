"""What is given wins over what metadata state, and that over the spectrum."""

from typing import get_args

import numpy as np
import pytest

from crossres.inference.assumed_profile import (
    SEPARATIONS,
    AssumedProfile,
    assumed_profile,
    assumed_profile_notes,
)
from crossres.inference.settings import PlaneProfileName
from crossres.physics import AxisResolution
from crossres.volume import Grid, Profile
from crossres.volume.plane import with_stated_profiles

SINC = "band-limited"
FINE, LARGE = SEPARATIONS


def grid_of(spacing: float) -> Grid:
    return Grid((16, 16, 8), np.diag([spacing, spacing, 3 * spacing, 1.0]))


def found(
    attenuation: float | None, spacing: float = 1.0, choice: PlaneProfileName = "measured",
    stated: str | None = None,
) -> tuple[AssumedProfile, list[str]]:  # fmt: skip
    """Return the profile of a scan in the plane of which all axes have this attenuation."""
    grid = grid_of(spacing)
    if stated is not None:
        grid = with_stated_profiles(grid, (stated, stated, None))
    one = None if attenuation is None else AxisResolution(spacing, 0.1, 1.0, attenuation)
    profile = assumed_profile(grid, grid.refined((2, 2, 1)), (one, one, None), choice)
    return profile, assumed_profile_notes(grid, profile)


@pytest.mark.parametrize("separation", SEPARATIONS)
def test_the_threshold_decides_and_is_lower_for_larger_voxels(separation) -> None:
    for away, shape in ((-2.0, SINC), (2.0, "gaussian")):
        profile, notes = found(separation.threshold + away, separation.largest)
        assert (profile.shapes, profile.source) == ((shape, shape, None), "measured")
        assert notes == []
        assert f"Gaussian from {separation.threshold:g} dB" in profile.description
    assert LARGE.threshold < FINE.threshold


@pytest.mark.parametrize("separation", SEPARATIONS)
def test_both_sides_of_the_threshold_are_uncertain_near_it(separation) -> None:
    for away, words in ((-0.1, "band-limited ones were assumed"), (0.1, "Gaussian voxels were")):
        profile, [note] = found(separation.threshold + away, separation.largest)
        assert words in note
        assert "`plane_profile`" in note
        assert profile.entry["uncertain"]


@pytest.mark.parametrize(("attenuation", "spacing"), [(None, 1.0), (0.0, LARGE.largest + 0.1)])
def test_what_shows_nothing_is_assumed_to_be_gaussian(
    attenuation: float | None, spacing: float
) -> None:
    profile, notes = found(attenuation, spacing)
    assert (profile.shapes[0], profile.source, notes) == ("gaussian", "assumed", [])
    assert profile.entry["attenuation_db"] is None


@pytest.mark.parametrize(("stated", "attenuation"), [("gaussian", 0.0), (SINC, 9.0)])
def test_what_is_recorded_is_not_measured(stated: str, attenuation: float) -> None:
    profile, notes = found(attenuation, stated=stated)
    assert (profile.shapes[:2], profile.source, notes) == ((stated, stated), "recorded", [])
    assert profile.attenuation is None
    assert "recorded in the metadata" in profile.description


def test_what_is_given_wins_with_a_warning_where_it_contradicts() -> None:
    profile, [note] = found(None, choice=SINC, stated="gaussian")
    assert (profile.shapes[0], profile.source) == (SINC, "given")
    assert "the metadata of the target state gaussian" in note
    assert "the spectrum of the target shows band-limited" in found(0.0, choice="gaussian")[1][0]
    assert found(0.0, choice=SINC)[1] == found(None, choice=SINC)[1] == []
    assert found(FINE.threshold - 0.1, choice="gaussian")[1] == []


def test_undone_zero_filling_is_the_source() -> None:
    grid = grid_of(1.0)
    sinc = Profile(1.0, SINC)
    grid = Grid(grid.shape, grid.affine, (sinc, sinc, Profile()))
    profile = assumed_profile(grid, grid.refined((2, 2, 1)), (None,) * 3, "measured")
    assert (profile.shapes, profile.source) == ((SINC, SINC, None), "zero-filling")


@pytest.mark.parametrize("choice", get_args(PlaneProfileName))
def test_a_plane_that_is_not_refined_has_no_profile(choice: PlaneProfileName) -> None:
    grid = grid_of(1.0)
    profile = assumed_profile(grid, grid.refined((1, 1, 3)), (None,) * 3, choice)
    assert profile.description == ""
    assert profile.entry["shapes"] == {}
    assert profile.entry["source"] == "not refined"
