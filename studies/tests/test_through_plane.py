"""Thick slices are simulated, and scored where they show; references are never training images."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from studies import through_plane
from studies.sources import Source
from studies.through_plane import (
    across,
    plan_for,
    squeezed,
    thick,
    thick_head,
)

from crossres.inference import Cascade, plane_example
from crossres.networks import GuidedRDN
from crossres.physics import Acquisition
from crossres.reproduction.scoring import score_case
from crossres.training import External, ThroughPlane
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


def test_squeezing_widens_voxels_one_way(scan):
    example = plane_example(thick(scan, scan, 3).pair)
    wide = squeezed(example)
    assert wide.coarse == wide.fine
    assert wide.coarse.spacing[0] == pytest.approx(example.coarse.spacing[0] * 2, rel=0.15)
    assert wide.target.shape[2:] == wide.guide.shape[2:] == wide.coarse.shape[:2]
    assert squeezed(replace(example, guide=None)).guide is None


def test_the_plans_differ_in_training_images_only():
    plane = plan_for(3, guided=True, steps=7, seed=2)
    other = across(plane)
    assert isinstance(plane.regime, ThroughPlane)
    assert isinstance(other.regime, External)
    assert other.regime.learning.axes == 1
    assert other.regime.learning.augmentation.angles == (0.0, 180.0)
    assert other.regime.learning.training == plane.regime.learning.training
    assert (other.network, other.settings) == (plane.network, plane.settings)


def test_a_head_is_scored_slice_by_slice_beside_cubic_interpolation():
    simulated = thick_head(Source("phantom", seed=3), 3, guided=False)
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=False)
    rows = score_case(Cascade((network,), 3.0, axes=1), simulated, "phantom")
    assert rows
    assert all(row["psnr"] >= row["bicubic_psnr"] - 1 for row in rows)


def test_scored_scans_are_not_in_the_training_set():
    assert not set(through_plane.SHARP_ACROSS) & {"sub-01", "sub-12"}
    assert not set(through_plane.UNSEEN_LABELS) & set(through_plane.LABELS)


@pytest.mark.realdata
def test_nobody_who_is_scored_is_in_the_cohort(data_root, monkeypatch):
    monkeypatch.setattr(through_plane, "LABELS", ())
    found = [c for c in through_plane.find_cases(data_root / "cohort") if c.name == "sub-01"]
    monkeypatch.setattr(through_plane, "find_cases", lambda root: found)
    monkeypatch.setattr(through_plane, "clinical_sources", lambda root: [])
    cohort = through_plane.cohort_of(data_root, 5, plane_example, guided=True, scans_only=False)
    assert cohort.names == ("sub-01",)
    assert cohort.across
    assert cohort.examples[0].target.shape[2:] == cohort.examples[0].guide.shape[2:]
