"""Recipes are complete, and the paper's is the paper's."""

from dataclasses import replace

import pytest
import torch

from crossres.physics import BackProjection
from crossres.training import ThroughPlane, recipe

EVERY = [(name, factor) for name in ("default", "paper") for factor in (2.0, 4.0)]


@pytest.mark.parametrize(("name", "factor"), EVERY)
@pytest.mark.parametrize("guided", [True, False])
def test_makes_a_network_of_the_papers_size(name, factor, guided):
    network = recipe(name, factor, guided=guided).make()
    assert network.guided is guided
    if guided:
        assert 0.2e6 <= sum(parameter.numel() for parameter in network.parameters()) <= 1.5e6


@pytest.mark.parametrize(("name", "factor"), EVERY)
def test_the_seed_decides_the_start(name, factor):
    made = recipe(name, factor)
    one, same, other = (
        torch.cat([p.flatten() for p in r.make().parameters()])
        for r in (made, made, made.with_training(seed=1))
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize(("name", "factor"), EVERY)
def test_training_can_be_changed_alone(name, factor):
    made = recipe(name, factor, steps=70)
    assert made.regime.learning.training.steps == 70
    changed = made.with_training(steps=9, seed=4)
    assert changed.regime.learning.training == replace(
        made.regime.learning.training, steps=9, seed=4
    )
    assert changed.with_training(steps=70, seed=0) == made


@pytest.mark.parametrize(("name", "factor"), EVERY)
def test_augmentation_can_be_changed_alone(name, factor):
    made = recipe(name, factor)
    changed = made.with_augmentation(structures=0.3, gain=0.1)
    augmentation = made.regime.learning.augmentation
    assert changed.regime.learning.augmentation == replace(augmentation, structures=0.3, gain=0.1)
    assert changed.with_augmentation(structures=augmentation.structures, gain=0.0) == made


@pytest.mark.parametrize(("name", "factor"), EVERY)
def test_supervised_training_has_the_same_settings(name, factor):
    made = recipe(name, factor)
    learning = made.supervised.learning
    assert learning.deblur_noise == 0, "references are used as they are"
    assert replace(learning, deblur_noise=made.regime.learning.deblur_noise) == made.regime.learning


@pytest.mark.parametrize(("factor", "stages"), [(2.0, 1), (4.0, 2), (3.3, 2), (1.3, 1)])
def test_the_default_shares_one_network_over_stages_of_about_two(factor, stages):
    regime = recipe("default", factor).regime
    assert (regime.stages, regime.shared) == (stages, True)


@pytest.mark.parametrize("guided", [True, False])
def test_one_stage_through_the_plane_is_trained_for_a_range_of_factors(guided):
    plan = recipe("through-plane", 5.0, guided=guided)
    learning = plan.regime.learning
    assert isinstance(plan.regime, ThroughPlane)
    assert (learning.axes, learning.deblur_noise, plan.regime.stages) == (1, 0.0, 1)
    assert learning.spread > 0
    assert learning.augmentation.guide_blur == 5.0
    cascade = plan.cascade([plan.make()], 5.0)
    assert (cascade.axes, cascade.stage_factor, cascade.guided) == (1, 5.0, guided)


def test_the_papers_recipe():
    """Iwamoto 2023, sections III and IV."""
    paper = recipe("paper", 2.0)
    learning = paper.regime.learning
    assert (paper.regime.stages, paper.regime.shared) == (3, False)
    assert (learning.patch, learning.batch, learning.deblur_noise) == (48, 32, 0.0)
    assert learning.back_projection == BackProjection("iterative", steps=1, between=False)
    assert (learning.training.schedule, learning.training.patience) == ("plateau", 10)
    assert {0.0, 15.0, 30.0, 90.0} <= set(learning.augmentation.angles)
    assert learning.augmentation.flip
    assert (min(learning.rescale), max(learning.rescale)) == (0.5, 1.0)
    assert (paper.settings["width"], paper.settings["norm"]) == (32, "batch")


@pytest.mark.parametrize("guided", [True, False])
def test_the_default_has_pseudo_targets_where_there_is_a_guide(guided):
    assert recipe("default", 4, guided=guided).regime.pseudo_targets is guided
    assert not recipe("paper", 4, guided=guided).regime.pseudo_targets


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "best"}, "`recipe` must be one of default, paper, through-plane, got 'best'"),
        ({"factor": 1.0}, "`factor` must be a number above 1 and at most 100, got 1.0"),
        ({"factor": "4"}, "`factor` must be a number above 1, got '4'"),
        ({"guided": "T1w"}, "`guided` must be of type bool, got 'T1w'"),
        ({"steps": 0}, "`steps` must be a whole number of at least 1, got 0"),
    ],
)
def test_arguments_are_checked(refused, changes, message):
    with refused(message):
        recipe(**{"name": "default", "factor": 4.0, **changes})
