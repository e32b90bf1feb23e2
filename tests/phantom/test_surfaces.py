"""The large surfaces lie inside one another and do not depend on the grid."""

from dataclasses import fields

import numpy as np
import pytest

from crossres.phantom.subject import Subject
from crossres.phantom.surfaces import Surfaces, surfaces_on

AXES = (np.arange(-80.0, 81, 4), np.arange(-96.0, 101, 4), np.arange(-50.0, 71, 4))


@pytest.fixture(scope="module")
def surfaces() -> Surfaces:
    return surfaces_on(Subject(2), AXES)


def test_brain_lies_in_the_cavity_and_the_cavity_in_the_head(surfaces: Surfaces) -> None:
    assert (surfaces.cavity[surfaces.cerebrum > 1] > 0).all()
    assert (surfaces.cavity[surfaces.cerebellum > 1] > 0).all()
    assert (surfaces.head[surfaces.cavity > 0] > 5).all()


def test_volume_of_the_cavity_is_human(surfaces: Surfaces) -> None:
    litres = (surfaces.cavity > 0).sum() * 4.0**3 / 1e6
    assert 1.2 < litres < 2.0


def test_cerebrum_and_cerebellum_do_not_overlap(surfaces: Surfaces) -> None:
    assert not ((surfaces.cerebrum > 1) & (surfaces.cerebellum > 1)).any()


def test_sulci_are_distances(surfaces: Surfaces) -> None:
    line = np.arange(-20.0, 20, 0.5)
    fine = surfaces_on(Subject(2), (line, line, np.arange(40.0, 50, 0.5)))
    slope = np.sqrt(sum(part**2 for part in np.gradient(fine.sulcus, 0.5)))
    assert np.median(slope[np.abs(fine.sulcus) < 0.5]) == pytest.approx(1, abs=0.2)


def test_part_of_the_head_is_the_head_there(surfaces: Surfaces) -> None:
    part = surfaces_on(Subject(2), (AXES[0], AXES[1], AXES[2][8:11]))
    for field in fields(Surfaces):
        whole = getattr(surfaces, field.name)[..., 8:11]
        np.testing.assert_allclose(getattr(part, field.name), whole, atol=0.05)
