"""The simulated slices are as thick as stated, and each assumption about them is another one."""

from pathlib import Path

import pytest
from studies.slice_profile import assumed, assumptions, simulated

from crossres.phantom import make_pair


def test_assumptions_are_the_truth_the_distance_and_the_other_shape():
    assert list(assumptions(3.0, 4.0, "gaussian")) == [
        ("true", 3.0, "gaussian"), ("distance", 4.0, "gaussian"), ("other shape", 3.0, "slab"),
    ]  # fmt: skip
    assert [name for name, *_ in assumptions(5.0, 5.0, "slab")] == ["true", "other shape"]


def test_scans_are_simulated_with_their_profile_and_enhanced_with_another(tmp_path: Path):
    guide, reference = make_pair(0, shape=(36, 40, 48), spacing=4.0)
    turned = reference.canonical().reordered((1, 2, 0), (False, False, False))
    scan = simulated(("phantom", turned, guide), 12.0, 4.0, "slab", tmp_path)
    grid = scan.pair.target.grid
    assert grid.spacing[1] == pytest.approx(16.0)
    assert (grid.fwhm[1], grid.profiles[1].shape) == (12.0, "slab")
    other = assumed(scan, grid.spacing[1], "gaussian").pair.target
    assert other.grid.fwhm == grid.spacing
    assert (other.data == scan.pair.target.data).all()
