"""The trials of the shortfall: a ladder to the default, each trial one change, names for all."""

from dataclasses import replace

import pytest
from studies.shortfall_trials import chosen, trials

from crossres.reproduction import BUDGETS
from crossres.reproduction.methods import DEFAULT, PROPOSED
from crossres.reproduction.plans import plan_of
from crossres.types import SettingsError

SMOKE = BUDGETS["smoke"]


@pytest.mark.parametrize("factor", [2, 4])
def test_the_ladder_leads_from_the_proposed_method_to_the_default(factor: int) -> None:
    named = trials(factor, SMOKE)
    assert named["proposed"].plan == plan_of(PROPOSED, SMOKE, factor)
    ours = plan_of(replace(DEFAULT, effort=3), SMOKE, factor)
    assert named["ladder: pseudo-targets"].plan == ours


@pytest.mark.parametrize("factor", [2, 4])
def test_every_rung_takes_as_many_steps_in_all(factor: int) -> None:
    for trial in chosen(trials(factor, SMOKE), "proposed,ladder").values():
        regime = trial.plan.regime
        trained = 1 if regime.shared else regime.stages
        assert trained * regime.learning.training.steps == 3 * SMOKE.external_steps


def test_every_trial_differs_from_every_other() -> None:
    found = list(trials(4, SMOKE).values())
    assert all(one != other for n, one in enumerate(found) for other in found[:n])


@pytest.mark.parametrize("factor", [2, 4])
def test_the_fitting_blur_is_that_of_the_default(factor: int) -> None:
    ours = plan_of(DEFAULT, SMOKE, factor).regime.learning.deblur_noise
    fitting = trials(factor, SMOKE)["fitting blur"].plan.regime.learning.deblur_noise
    assert fitting == ours > 0


def test_orientations_are_averaged_over_the_same_training() -> None:
    named = trials(4, SMOKE)
    pairs = {
        "ladder: pseudo-targets": "ladder: 8 positions",
        "references as long": "references as long and 8 positions",
    }
    for before, self_ensemble in pairs.items():
        assert named[self_ensemble] == replace(named[before], self_ensemble=True)
        assert named[self_ensemble].address == named[before].address
    addresses = {trial.address for trial in named.values() if trial.unguided is None}
    assert len(addresses) == len(named) - len(pairs) - 1


def test_one_rung_is_one_name_and_the_ladder_is_all_of_them() -> None:
    named = trials(2, SMOKE)
    assert list(chosen(named, "")) == list(named)
    assert next(iter(chosen(named, "3x steps,ladder"))) == "3x steps"
    assert len(chosen(named, "ladder")) == 6
    assert len(chosen(trials(4, SMOKE), "ladder")) == 7


def test_an_unknown_trial_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no trial luck; choose from proposed, 3x steps"):
        chosen(trials(2, SMOKE), "proposed,luck")


def test_the_plateau_schedule_is_that_of_the_full_budget() -> None:
    named = trials(4, BUDGETS["cpu"])
    expected = plan_of(PROPOSED, BUDGETS["full"], 4).regime.learning.training
    for name in ("plateau schedule", "one network and plateau schedule"):
        assert named[name].plan.regime.learning.training == expected


def test_names_are_separated_by_commas() -> None:
    named = trials(4, SMOKE)
    assert chosen(named, ",".join(named)) == named


def test_a_blend_trains_nothing_that_its_parts_did_not() -> None:
    named = trials(4, SMOKE)
    blended = named["default blended"]
    assert blended.unguided == named["default without guide"]
    assert blended.address == named["ladder: pseudo-targets"].address
    assert blended.seeded(2).unguided == named["default without guide"].seeded(2)
