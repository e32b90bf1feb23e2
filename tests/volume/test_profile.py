"""A profile has a width, or takes that of the voxel."""

import math

import pytest

from crossres.types import GridError
from crossres.volume import Profile


def test_a_width_that_is_not_given_is_the_spacing():
    assert Profile(shape="slab").resolved(4.0) == Profile(4.0, "slab")
    assert Profile(3.0).resolved(4.0) == Profile(3.0)


def test_a_larger_voxel_has_a_wider_profile_of_the_same_shape():
    assert Profile(3.0, "slab").scaled(2.0) == Profile(6.0, "slab")


@pytest.mark.parametrize("width", [0.0, -1.0, math.inf])
def test_impossible_widths(width):
    with pytest.raises(GridError, match="width of a profile must be above 0"):
        Profile(width)
