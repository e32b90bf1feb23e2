"""Budgets: one is the paper's, one is small enough for tests, none is unknown."""

import pytest

from crossres.networks import NETWORKS
from crossres.reproduction import BUDGETS, budget
from crossres.types import SettingsError


def test_the_full_budget_is_the_paper_s() -> None:
    full = budget("full")
    assert (full.batch, full.patch, full.supervised_patch) == (32, 48, 64)
    assert (full.every, full.score_every, full.folds) == (1, 1, 4)
    assert full.schedule == "plateau"
    assert full.networks["guided-rdn"]["width"] == 32
    assert not full.phantoms


@pytest.mark.parametrize("field", ["supervised_steps", "external_steps", "internal_steps"])
def test_each_budget_trains_longer_than_the_one_before(field: str) -> None:
    steps = [getattr(budget(name), field) for name in ("smoke", "cpu", "full")]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("name", BUDGETS)
def test_budgets_are_found_by_their_name_and_size_known_networks(name: str) -> None:
    assert budget(name).name == name
    assert set(budget(name).networks) <= set(NETWORKS)


def test_an_unknown_budget_is_refused() -> None:
    with pytest.raises(SettingsError, match="no budget 'huge'; choose from smoke, cpu, full"):
        budget("huge")
