"""Settings of the loop are checked, field by field, and take a function as loss."""

import re

import pytest
from torch.nn import functional

from crossres.training import TrainingSettings
from crossres.training.adversary import Adversarial


def test_a_function_or_a_critic_is_accepted():
    settings = TrainingSettings(loss=functional.huber_loss, adversarial=Adversarial())
    assert settings.loss is functional.huber_loss


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 0}, "`steps` must be a whole number of at least 1, got 0"),
        ({"steps": True}, "`steps` must be a whole number of at least 1, got True"),
        ({"epoch": 0.5}, "`epoch` must be a whole number of at least 1, got 0.5"),
        ({"patience": 0}, "`patience` must be a whole number of at least 1, got 0"),
        (
            {"seed": -1},
            "`seed` must be a whole number of at least 0 and at most",
        ),
        ({"seed": 2**32}, "`seed` must be a whole number of at least 0 and at most 4294967294"),
        ({"rate": 10**400}, "`rate` must be a number above 0, got 1000"),
        ({"rate": 0.0}, "`rate` must be a number above 0, got 0.0"),
        ({"rate": float("nan")}, "`rate` must be a number above 0, got nan"),
        ({"rate": 1e-7}, "`floor` must be a number above 0 and at most 1e-07, got 1e-06"),
        ({"averaging": 1.0}, "`averaging` must be a number at least 0 and below 1, got 1.0"),
        ({"averaging": -0.1}, "`averaging` must be a number at least 0 and below 1, got -0.1"),
        ({"schedule": "steps"}, "`schedule` must be one of plateau, cosine, got 'steps'"),
        ({"loss": "l3"}, "`loss` must be one of l1, l2, got 'l3'"),
        ({"loss": lambda estimate, target: 0}, "define a function or a class"),
        ({"agree": None}, "`agree` must be of type bool, got None"),
        ({"adversarial": 0.1}, "`adversarial` must be of type Adversarial, got 0.1"),
    ],
)
def test_settings_are_checked(refused, wrong, message):
    with refused(re.escape(message)):
        TrainingSettings(**wrong)
