"""Stated profiles hold along the axes of the plane, and turn with the voxel axes."""

import numpy as np

from crossres.volume import Grid, Profile, with_slice_profile
from crossres.volume.plane import axes_in_k_space, shapes_text, with_stated_profiles

SINC = "band-limited"


def grid_of(*spacing: float) -> Grid:
    return Grid((16, 12, 8), np.diag([*spacing, 1.0]))


def test_thick_slices_are_not_sampled_in_k_space() -> None:
    assert axes_in_k_space(grid_of(1.0, 1.0, 4.0)) == [0, 1]
    assert axes_in_k_space(grid_of(1.0, 1.0, 1.2)) == [0, 1, 2]
    assert axes_in_k_space(with_slice_profile(grid_of(1.0, 1.0, 1.2), 2.0, axis=2)) == [0, 1]


def test_stated_axes_are_still_those_of_the_plane() -> None:
    stated = with_stated_profiles(grid_of(1.0, 1.0, 4.0), (SINC, "gaussian", SINC))
    assert stated.profiles[0] == Profile(1.0, SINC, stated=True)
    assert stated.profiles[1] == Profile(1.0, stated=True)
    assert stated.profiles[2] == Profile(4.0)
    assert axes_in_k_space(stated) == [0, 1]


def test_what_is_stated_turns_with_the_axes_and_ends_with_another_size() -> None:
    stated = with_stated_profiles(grid_of(1.0, 1.0, 4.0), (SINC, None, None))
    turned = stated.reordered((1, 0, 2), (False, True, False))
    assert [one.stated for one in turned.profiles] == [False, True, False]
    assert not any(one.stated for one in stated.refined((2, 2, 1)).profiles)


def test_slices_keep_what_is_stated_unless_their_profile_is_given() -> None:
    cube = with_stated_profiles(grid_of(1.0, 1.0, 1.0), ("gaussian",) * 3)
    assert all(one.stated for one in with_slice_profile(cube).profiles)
    for given in (with_slice_profile(cube, 2.0), with_slice_profile(cube, shape="slab")):
        assert sum(one.stated for one in given.profiles) == 2


def test_shapes_in_words() -> None:
    assert shapes_text((None, None, None)) == ""
    assert shapes_text((SINC, "gaussian", SINC)) == "band-limited along i, k, Gaussian along j"
