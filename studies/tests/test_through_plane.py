"""Thick slices are simulated, and scored where they show; references are never trained on."""

from dataclasses import replace

import pytest
from studies import through_plane
from studies.through_plane import (
    across,
    plan_for,
    widened,
)

from crossres.inference import plane_example
from crossres.training import External, ThroughPlane


def test_the_plans_differ_in_their_training_images_only():
    plane = plan_for(3, guided=True, steps=7, seed=2)
    other = across(plane)
    assert isinstance(plane.regime, ThroughPlane)
    assert isinstance(other.regime, External)
    assert other.regime.learning.axes == 1
    assert other.regime.learning.augmentation.angles == (0.0, 180.0)
    assert other.regime.learning.training == plane.regime.learning.training
    assert (other.network, other.settings) == (plane.network, plane.settings)


def test_scored_subjects_are_not_trained_on():
    assert not set(through_plane.SHARP_ACROSS) & {"sub-01", "sub-12"}
    assert not set(through_plane.UNSEEN_LABELS) & set(through_plane.LABELS)


@pytest.mark.realdata
def test_no_scored_subject_is_in_the_cohort(data_root, tmp_path, monkeypatch):
    monkeypatch.setattr(through_plane, "LABELS", ())
    found = [c for c in through_plane.find_cases(data_root / "cohort") if c.name == "sub-01"]
    monkeypatch.setattr(through_plane, "find_cases", lambda root: found)
    monkeypatch.setattr(through_plane, "clinical_sources", lambda root: [])
    cohort = through_plane.cohort_of(data_root, 5, plane_example, scans_only=False, kept=tmp_path)
    assert cohort.names == ("sub-01",)
    assert cohort.across
    assert cohort.examples[0].target.shape[2:] == cohort.examples[0].guide.shape[2:]


def test_a_plan_is_widened_on_request():
    plan = plan_for(3, guided=True, steps=7, seed=2)
    assert widened(plan, any_set=False, gaps=False, spread=None) == plan
    learning = widened(plan, any_set=True, gaps=True, spread=0.37).regime.learning
    assert (learning.profile, learning.spread) == ((0.5, 1.2), 0.37)
    assert min(learning.augmentation.bend, learning.augmentation.fold) > 0
    assert replace(learning.augmentation, bend=0, fold=0) == plan.regime.learning.augmentation
