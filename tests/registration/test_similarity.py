"""Similarity and distinctness rise where two scans show one head in one place."""

import numpy as np
import pytest

from crossres.registration import RigidTransform, distinctness, overlap, similarity
from crossres.volume import Grid
from moved_heads import TRUTH, acquired, grid_of, guide, rotated, target


def test_similarity_is_greatest_where_the_heads_agree() -> None:
    aligned = similarity(target("same"), guide(), TRUTH)
    for shift in ((4, 0, 0), (0, 4, 0), (0, 0, 4)):
        moved = RigidTransform(rotated(0, (1, 0, 0), shift).matrix @ TRUTH.matrix)
        assert similarity(target("same"), guide(), moved) < aligned
    assert 1 < aligned < similarity(guide(), guide()) <= 2


def test_noise_has_no_similarity() -> None:
    noise = guide().with_data(np.random.default_rng(0).uniform(1, 2, guide().grid.shape))
    assert similarity(target("same"), noise) == pytest.approx(1, abs=2e-3)


def test_fine_structure_distinguishes_two_people() -> None:
    own = distinctness(target("same"), guide(), TRUTH)
    another = acquired(grid_of(2.0), 1, TRUTH, person=1)
    assert abs(distinctness(another, guide(), TRUTH)) < 0.2 * own


def test_similarity_does_not_depend_on_intensity_scale() -> None:
    scaled = guide().with_data(guide().data * 37)
    assert similarity(target("same"), scaled) == pytest.approx(
        similarity(target("same"), guide()), abs=1e-3
    )


def test_overlap_is_the_part_of_the_head_that_is_covered() -> None:
    half = Grid((64, 76, 30), guide().grid.affine)
    slab = guide().with_data(guide().data[:, :, :30], half)
    assert overlap(guide(), guide()) == 1
    assert overlap(guide(), slab) == pytest.approx(0.5, abs=0.02)
    assert overlap(guide(), guide(), rotated(0, (1, 0, 0), (500, 0, 0))) == 0
