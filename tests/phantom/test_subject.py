"""Subjects are determined by their seed and have human sizes."""

import numpy as np
import pytest

from crossres.phantom.subject import Subject


def test_same_seed_same_subject() -> None:
    line = np.linspace(-30, 30, 5)
    first, second = (Subject(4).folds.on((line, line, line)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert Subject(4).scale == Subject(4).scale != Subject(5).scale


def test_streams_are_independent() -> None:
    draws = {Subject(1).rng(name).random() for name in ("sizes", "folds", "grain")}
    assert len(draws) == 3


@pytest.mark.parametrize("seed", range(20))
def test_sizes_are_human(seed: int) -> None:
    subject = Subject(seed)
    assert all(0.9 < s < 1.1 for s in subject.scale)
    assert 0.8 < subject.ventricle_size < 1.6
    assert 0.4 < subject.sulcus_width < 2
    assert 2.3 < subject.cortex_thickness < 3.1
    assert 4 < subject.skull_thickness < 9
