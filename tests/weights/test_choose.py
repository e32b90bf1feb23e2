"""Weights by factor, those that the user named, and what goes with a guide."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crossres.files import sha256
from crossres.inference import Candidate, Cascade, EnhanceSettings
from crossres.types import WeightsError
from crossres.volume import Grid
from crossres.weights import load_weights, read_card
from crossres.weights.choose import (
    Named,
    WeightsCandidate,
    candidates_for,
    check_guide,
    load_candidate,
    split_weights,
    weights_for,
)
from crossres.weights.defaults import default_weights

PLANE, ACROSS = (2.0, 2.0, 1.0), (1.0, 1.0, 3.0)
COARSE = Grid((24, 20, 12), np.diag([2.0, 2.0, 4.0, 1.0]))


def test_weights_go_to_the_pass_that_they_are_for() -> None:
    shipped = [default_weights(factors, guided=True) for factors in (PLANE, ACROSS)]
    passes, guided = [PLANE, ACROSS], True
    assert weights_for((), passes, guided=guided) == [Named(name, False) for name in shipped]
    both = weights_for(("a.safetensors", "b"), passes, guided=guided)
    assert both == [Named("a.safetensors", True), Named("b", True)]
    across = weights_for(("t1-t2-through-plane-x5",), passes, guided=guided)
    assert across == [Named(shipped[0], False), Named("t1-t2-through-plane-x5", True)]
    plane = weights_for(("t1-t2-axial-x4",), passes, guided=guided)
    assert plane == [Named("t1-t2-axial-x4", True), Named(shipped[1], False)]


def test_too_many_weights() -> None:
    with pytest.raises(WeightsError, match=r"2 sets of weights for 1 pass; give one"):
        weights_for(("a", "b"), [PLANE], guided=True)
    with pytest.raises(WeightsError, match=r"3 sets of weights for 2 passes"):
        weights_for(("a", "b", "c"), [PLANE, ACROSS], guided=True)


def test_commas_separate_names_except_in_the_name_of_a_file(
    tiny_weights: SimpleNamespace, tmp_path: Path
) -> None:
    path = tmp_path / "mine, too.safetensors"
    path.write_bytes(tiny_weights.guided.read_bytes())
    assert split_weights(str(path)) == (str(path),)
    assert split_weights("one, two") == ("one", "two")


def test_guided_weights_and_a_guide_go_together(tiny_weights: SimpleNamespace) -> None:
    guided, unguided = (read_card(path) for path in (tiny_weights.guided, tiny_weights.unguided))
    check_guide(guided, guided=True)
    check_guide(unguided, guided=False)
    with pytest.raises(WeightsError, match="use no guide; leave `guide` out"):
        check_guide(unguided, guided=True)
    with pytest.raises(WeightsError, match="need a T1w guide; add a `guide`"):
        check_guide(guided, guided=False)
    with pytest.raises(WeightsError, match="need a guide; add a `guide`"):
        check_guide(guided.model_copy(update={"guide": "any"}), guided=False)


def test_a_candidate_bears_the_name_limits_and_notes_of_its_card(
    tiny_weights: SimpleNamespace,
) -> None:
    loaded = load_candidate(str(tiny_weights.guided), lambda card: [f"note on {card.name}"])
    assert (loaded.name, loaded.notes) == ("tiny@1", ("note on tiny",))
    assert loaded.cascade.guided
    assert loaded.weights == str(tiny_weights.guided)
    assert loaded.sha256 == sha256(tiny_weights.guided)


@pytest.mark.parametrize("fate", ["replaced", "removed"])
def test_weights_that_change_while_they_are_read(
    tmp_path: Path, tiny_weights: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    file = tmp_path / "mine.safetensors"
    shutil.copy(tiny_weights.guided, file)

    def load(name: str) -> Cascade:
        cascade = load_weights(name)
        file.unlink()
        if fate == "replaced":
            shutil.copy(tiny_weights.unguided, file)
        return cascade

    monkeypatch.setattr("crossres.weights.choose.load_weights", load)
    with pytest.raises(WeightsError, match=r"mine\.safetensors was changed while it was read"):
        load_candidate(str(file))


@pytest.mark.parametrize(
    ("settings", "given", "unguided"),
    [
        ({}, (), "t2-axial-x2@2"),
        ({"keep_guide": True}, (), None),
        ({"keep_guide": True, "guide_influence": True}, (), "t2-axial-x2@2"),
        ({}, ("t1-t2-axial-x2",), None),
        ({"guide_influence": True}, ("t1-t2-axial-x2",), "t2-axial-x2@2"),
    ],
)
def test_unguided_weights_are_loaded_where_they_may_be_used(
    settings: dict[str, bool], given: tuple[str, ...], unguided: str | None
) -> None:
    (found,) = candidates_for(
        given, (COARSE, COARSE.refined((2, 2, 1))), guided=True,
        settings=EnhanceSettings(**settings), contrasts=("T2w", "T1w"),
    )  # fmt: skip
    assert isinstance(found.first, WeightsCandidate)
    assert found.first.weights == "t1-t2-axial-x2"
    assert (None if found.unguided is None else found.unguided.name) == unguided
    assert found.compare is (settings == {} and not given)
    assert found.first.reason.startswith("named by the user" if given else "made for T2w")


def test_contrasts_decide_on_the_shipped_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[object] = []

    def record(factors: object, **rest: object) -> str:
        requested.append((rest["target"], rest["guide"]))
        return "t1-t2-axial-x2"

    monkeypatch.setattr("crossres.weights.choose.default_weights", record)
    (found,) = candidates_for(
        (), (COARSE, COARSE.refined((2, 2, 1))), guided=True,
        settings=EnhanceSettings(), contrasts=("FLAIR", "T1w"),
    )  # fmt: skip
    assert requested == [("FLAIR", "T1w")]
    assert isinstance(found.first, WeightsCandidate)
    assert isinstance(found.unguided, WeightsCandidate)
    assert found.first.reason.endswith("there are none for FLAIR guided by T1w")
    assert found.unguided.reason == "of the same kind, without a guide"


def test_own_candidates_take_the_place_of_weights() -> None:
    mine = Candidate("mine", load_weights("t2-axial-x2"))
    grids = COARSE, COARSE.refined((2, 2, 1))
    (found,) = candidates_for([mine], grids, guided=False, settings=EnhanceSettings())
    assert (found.first, found.unguided, found.compare) == (mine, None, False)
    with pytest.raises(WeightsError, match="1 passes need as many candidates"):
        candidates_for([mine, mine], grids, guided=False, settings=EnhanceSettings())
