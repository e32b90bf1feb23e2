"""Slices are made thick, guides aligned with them; what is scored shows the coarse axis."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from studies.sources import Source
from studies.thick_slices import squeezed, thick, thick_case, thick_head

from crossres.inference import Cascade, plane_example
from crossres.io import find_cases
from crossres.networks import GuidedRDN
from crossres.physics import Acquisition
from crossres.registration import RigidTransform
from crossres.reproduction.scoring import score_case
from crossres.volume import Grid, Volume


@pytest.fixture
def scan() -> Volume:
    data = np.random.default_rng(0).uniform(100, 900, (8, 9, 12))
    return Volume(data, Grid((8, 9, 12), np.diag([1.0, 1.0, 1.0, 1.0])))


def test_slices_are_made_thick_along_z_and_seen_sagittally(scan):
    simulated = thick(scan, scan, 3)
    pair = simulated.pair
    assert pair.target.grid.shape == (9, 4, 8)
    assert np.argmax(np.abs(pair.target.grid.affine[2, :3])) == 1
    assert simulated.reference.grid == pair.fine == pair.guide.grid
    expected = Acquisition(pair.fine, pair.target.grid).forward(
        torch.from_numpy(simulated.reference.data)[None, None]
    )
    np.testing.assert_allclose(pair.target.data, expected[0, 0].numpy(), rtol=1e-5)


def test_squeezing_widens_voxels_along_one_axis(scan):
    example = plane_example(thick(scan, scan, 3).pair)
    wide = squeezed(example)
    assert wide.coarse == wide.fine
    assert wide.coarse.spacing[0] == pytest.approx(example.coarse.spacing[0] * 2, rel=0.15)
    assert wide.target.shape[2:] == wide.guide.shape[2:] == wide.coarse.shape[:2]
    assert squeezed(replace(example, guide=None)).guide is None


def test_a_head_is_scored_slice_by_slice_beside_cubic_interpolation():
    simulated = thick_head(Source("phantom", seed=3), 3, guided=False)
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=False)
    rows = score_case(Cascade((network,), 3.0, axes=1), simulated, "phantom")
    assert rows
    assert all(row["psnr"] >= row["bicubic_psnr"] - 1 for row in rows)


def test_guides_are_aligned_with_the_thick_slices(cohort, tmp_path, registered_by):
    registered_by(RigidTransform(np.diag([1.0, 1, 1, 1]) + np.eye(4, k=3) * 2))
    case = find_cases(cohort)[0]
    simulated = thick_case(case, 2, kept=tmp_path)
    assert simulated.pair.guide.grid == simulated.pair.fine == simulated.reference.grid
    assert [path.name for path in tmp_path.iterdir()] == [f"{case.name}_T2w-thick-x2.json"]
    plain = thick(simulated.reference, None, 2)
    assert np.array_equal(plain.pair.target.data, simulated.pair.target.data)
    assert thick_case(case, 2, guided=False, kept=tmp_path).pair.guide is None
