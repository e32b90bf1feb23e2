"""Recipes follow the paper where it is specific, and the budget elsewhere."""

from dataclasses import replace

import pytest
import torch

from crossres.physics import BackProjection
from crossres.reproduction import TABLES, Budget, budget
from crossres.reproduction.methods import (
    DEFAULT,
    MODEL_2,
    PROPOSED,
    THEN,
    ZSSR,
    Method,
    TableRow,
)
from crossres.reproduction.plans import plan_of
from crossres.training import recipe
from crossres.training.patches import PAPER, RIGHT_ANGLES

ROWS = [
    pytest.param(row, id=f"{name}-{row.name}")
    for name, table in TABLES.items()
    for row in table.rows
    if row.method.regime != "bicubic"
]
SUPERVISED = [row.method for row in TABLES["table1"].rows[1:]]
UNSUPERVISED = [row.method for row in TABLES["table2"].rows[1:5]]
FULL = budget("full")


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_network_that_enhances(row: TableRow, smoke: Budget) -> None:
    network = plan_of(row.method, smoke, 4).make()
    assert network.guided is row.method.guided
    guide = torch.rand(2, 1, 12, 9) if row.method.guided else None
    assert network(torch.rand(2, 1, 12, 9), guide).shape == (2, 1, 12, 9)


@pytest.mark.parametrize("method", SUPERVISED, ids=lambda method: method.network)
def test_supervised_rows_train_one_stage_at_right_angles(method: Method) -> None:
    plan = plan_of(method, FULL, 4)
    learning = plan.regime.learning
    assert plan.regime.stages == 1
    assert (learning.augmentation, learning.rescale) == (RIGHT_ANGLES, (1.0,))
    assert (learning.patch, learning.batch) == (64, 32)
    assert learning.training.steps == FULL.supervised_steps


@pytest.mark.parametrize("method", UNSUPERVISED, ids=["ZSSR", "Model 1", "Model 2", "proposed"])
def test_unsupervised_rows_train_three_stages_on_varied_patches(method: Method) -> None:
    plan = plan_of(method, FULL, 4)
    learning = plan.regime.learning
    assert (plan.regime.stages, plan.regime.shared) == (3, False)
    assert learning.augmentation == PAPER
    assert sorted(learning.rescale) == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert (learning.patch, learning.batch) == (48, 32)
    assert learning.back_projection == BackProjection("iterative", steps=1, between=False)
    steps = FULL.internal_steps if method.regime == "internal" else FULL.external_steps
    assert learning.training.steps == steps


@pytest.mark.parametrize("row", ROWS)
def test_the_budget_decides_what_the_paper_leaves_open(row: TableRow) -> None:
    for chosen in (FULL, replace(FULL, batch=5, schedule="cosine")):
        learning = plan_of(row.method, chosen, 4).regime.learning
        assert learning.batch == chosen.batch
        assert learning.training.schedule == chosen.schedule


def test_stages_and_loss_reach_the_recipe() -> None:
    one, l2 = replace(PROPOSED, stages=1), replace(PROPOSED, loss="l2")
    assert plan_of(one, FULL, 4).regime.stages == 1
    assert plan_of(l2, FULL, 4).regime.learning.training.loss == "l2"
    base = plan_of(PROPOSED, FULL, 4)
    assert plan_of(l2, FULL, 4) == base.with_training(loss="l2")


def test_only_adversarial_rows_have_a_critic() -> None:
    critics = [plan_of(m, FULL, 2).regime.learning.training.adversarial for m in SUPERVISED]
    expected = [FULL.adversarial if method.adversarial else None for method in SUPERVISED]
    assert critics == expected


def test_adaptation_has_a_lower_rate_and_no_back_projection() -> None:
    then, alone = (plan_of(m, FULL, 4).regime.learning for m in (THEN, MODEL_2))
    assert then.training.rate < alone.training.rate
    assert then.training.steps == alone.training.steps == FULL.internal_steps
    assert then.back_projection.kind == "none"


def test_zssr_has_a_network_of_its_own() -> None:
    plan = plan_of(ZSSR, FULL, 2)
    assert (plan.network, plan.settings["guided"]) == ("zssr", False)


def test_the_default_row_is_this_package_s_recipe() -> None:
    own = plan_of(DEFAULT, FULL, 4)
    base = recipe("default", 4, steps=FULL.external_steps)
    assert own.regime.shared
    assert own.regime.stages == base.regime.stages
    kept = ("deblur_noise", "back_projection", "spread")
    for field in kept:
        assert getattr(own.regime.learning, field) == getattr(base.regime.learning, field)
    assert own.regime.learning.augmentation == RIGHT_ANGLES
    assert own.settings["norm"] == base.settings["norm"]
    assert own.regime.learning.training.steps == FULL.external_steps
    longer = plan_of(replace(DEFAULT, effort=3), FULL, 4)
    assert longer.regime.learning.training.steps == 3 * FULL.external_steps
