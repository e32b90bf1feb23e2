"""The recipe follows from the training set and what is requested."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from crossres.training import ThroughPlane
from crossres.types import SettingsError
from crossres.workflows.train import choose_recipe

ACROSS = (2.0, 1.0, 1.0)


def test_the_default_follows_the_factor(folder: Path, small: SimpleNamespace) -> None:
    plan = choose_recipe("default", small.training_set(folder, (4.0,)), guided=True)
    assert (plan.regime.stages, plan.settings["guided"]) == (2, True)
    assert plan.regime.learning.training.steps == 3000


def test_slices_are_degraded_as_thick_as_those_of_the_scans(
    folder: Path, small: SimpleNamespace
) -> None:
    (folder / "sub-1_T2w.json").write_text('{"SliceThickness": 1.2}')
    for factor, expected in (((1.0, 1.0, 2.0), (0.5, 1.0)), ((2.0,), (1.0, 1.0))):
        plan = choose_recipe("default", small.training_set(folder, factor), guided=False)
        assert plan.regime.learning.profile == expected


@pytest.mark.parametrize("factor", [(2.0,), (1.0, 1.0, 2.0)])
def test_noise_is_added_on_request(
    folder: Path, small: SimpleNamespace, factor: tuple[float, ...]
) -> None:
    scans = small.training_set(folder, factor)
    silent = choose_recipe("default", scans, guided=True)
    plan = choose_recipe("default", scans, guided=True, added_noise=(0.0, 0.03))
    assert plan.regime.learning.added_noise == (0.0, 0.03)
    assert silent == choose_recipe("default", scans, guided=True, added_noise=(0.0, 0.0))
    assert plan.with_learning(added_noise=(0.0, 0.0)) == silent
    with pytest.raises(SettingsError, match=r"`added_noise` must be a number at least 0\.03"):
        choose_recipe("default", scans, guided=True, added_noise=(0.03, 0.01))


def test_requests_replace_the_recipe_s(folder: Path, small: SimpleNamespace) -> None:
    plan = choose_recipe(
        "default", small.training_set(folder), guided=False, steps=7, stages=3, loss="l2", seed=5
    )
    training = plan.regime.learning.training
    assert (training.steps, training.loss, training.seed) == (7, "l2", 5)
    assert (plan.regime.stages, plan.settings["guided"]) == (3, False)


@pytest.mark.parametrize(
    ("name", "factor", "structures", "share"),
    [
        ("default", (2.0,), None, 0.5),
        ("default", (2.0,), 0.2, 0.2),
        ("paper", (2.0,), None, 0.0),
        ("paper", (2.0,), 0.3, 0.3),
        ("default", ACROSS, None, 0.5),
    ],
)
def test_structures_are_drawn_except_for_the_papers_recipe(
    folder: Path, small: SimpleNamespace, name, factor, structures, share
) -> None:
    scans = small.training_set(folder, factor)
    plan = choose_recipe(name, scans, guided=True, structures=structures)
    assert plan.regime.learning.augmentation.structures == share


def test_one_finer_axis_is_trained_through_the_plane(folder: Path, small: SimpleNamespace) -> None:
    scans = small.training_set(folder, ACROSS)
    assert isinstance(choose_recipe("default", scans, guided=True).regime, ThroughPlane)
    for name, stages in (("paper", None), ("default", 2)):
        with pytest.raises(SettingsError, match="leave `stages` and `recipe` paper out"):
            choose_recipe(name, scans, guided=True, stages=stages)
