"""Changes of a recipe: each changes what it names, and nothing else."""

from dataclasses import replace

import pytest
from studies.changes import (
    VALIDATION,
    Change,
    learning,
    network,
    regime,
    training,
    varied,
)

from crossres.reproduction.simulated import FOLD_1
from crossres.training import recipe

BASE = recipe("default", 4)
BASE_TRAINING = BASE.regime.learning


def test_validation_subjects_are_none_of_the_test_s() -> None:
    assert not set(VALIDATION) & set(FOLD_1)


def test_a_setting_of_the_network_is_changed_alone() -> None:
    changed = network(width=8)(BASE)
    assert changed == replace(BASE, settings={**BASE.settings, "width": 8})


def test_what_regimes_share_is_changed_alone() -> None:
    changed = learning(spread=0.5)(BASE)
    expected = replace(BASE.regime, learning=replace(BASE_TRAINING, spread=0.5))
    assert changed == replace(BASE, regime=expected)


def test_the_regime_is_changed_alone() -> None:
    assert regime(stages=3)(BASE) == replace(BASE, regime=replace(BASE.regime, stages=3))


@pytest.mark.parametrize("change", [training(seed=5), varied(gain=0.3)])
def test_what_is_within_the_learning_is_changed_alone(change: Change) -> None:
    changed = change(BASE)
    now = changed.regime.learning
    assert changed != BASE
    kept = replace(now, training=BASE_TRAINING.training, augmentation=BASE_TRAINING.augmentation)
    assert kept == BASE_TRAINING
    assert (now.training == BASE_TRAINING.training) != (
        now.augmentation == BASE_TRAINING.augmentation
    )


def test_changes_follow_each_other() -> None:
    assert network(width=8)(regime(stages=3)(BASE)) == regime(stages=3)(network(width=8)(BASE))
