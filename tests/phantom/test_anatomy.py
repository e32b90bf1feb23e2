"""The anatomy is symmetric where that of people is, and lies in the field of view."""

import numpy as np
import pytest

from crossres.phantom import Tissue, anatomy
from crossres.phantom.anatomy import Part
from crossres.phantom.shapes import Ellipsoid

GROUPS = (
    anatomy.ventricles(1.0),
    anatomy.septum(),
    anatomy.nuclei(),
    anatomy.face(),
    anatomy.airways(),
)


@pytest.mark.parametrize("parts", GROUPS)
def test_everything_lies_in_a_head(parts: list[Part]) -> None:
    for _, shape in parts:
        low, high = shape.bounds()
        assert (np.abs(low) < 130).all()
        assert (np.abs(high) < 130).all()


def test_both_gives_mirror_images() -> None:
    shape = Ellipsoid((10, 2, 3), (4, 5, 6), 20)
    assert anatomy.both(Tissue.CSF, shape) == [(Tissue.CSF, shape), (Tissue.CSF, shape.mirrored())]


def test_larger_ventricles_are_larger() -> None:
    small, large = (
        sum(float(np.prod(np.subtract(*s.bounds()[::-1]))) for _, s in anatomy.ventricles(size))
        for size in (0.8, 1.6)
    )
    assert large > small
