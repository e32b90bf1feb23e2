"""The package's weights: from low-resolution images alone, with a true card."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from studies import any_contrast, make_weights
from studies.make_weights import HELD_OUT, plan_for, with_results
from studies.sources import Source

from crossres.inference import Example, super_resolve
from crossres.io import find_cases
from crossres.reproduction.simulated import simulate
from crossres.training import External, recipe
from crossres.training.loop import Training
from crossres.weights import WeightCard, load_weights, read_card

Run = Callable[..., Path]


@pytest.fixture
def data(cohort: Path, tmp_path: Path) -> Path:
    """Return a data folder whose cohort has two subjects."""
    folder = tmp_path / "data" / "cohort"
    folder.mkdir(parents=True)
    for name in ("sub-01", "sub-04"):
        for path in cohort.glob(f"{name}_*"):
            shutil.copy(path, folder)
    return folder.parent


@pytest.fixture
def run(data: Path, tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that makes tiny weights; it returns the file."""
    sessions = [Source(f"clinical {name}", seed=n) for n, name in enumerate(("sub-01", "sub-12"))]
    monkeypatch.setattr("studies.sources.make_pair", tiny.scene)
    monkeypatch.setattr(make_weights, "clinical_sources", lambda _: sessions)
    monkeypatch.setattr(make_weights, "label_sources", lambda _, ns: [Source("labels 01", seed=9)])
    monkeypatch.setattr(
        make_weights, "plan_for", lambda *words, **rest: tiny.plan(plan_for(*words, **rest))
    )

    def call(**changes: Any) -> Path:
        given = {"data": data, "factor": 2.0, "steps": 2, "every": 2}
        folders = {"runs": tmp_path / "runs", "results": tmp_path / "results", "out": tmp_path}
        make_weights.main(**{**given, **folders, **changes})
        return tmp_path / f"t1-t2-axial-x{changes.get('factor', 2.0):g}.safetensors"

    return call


def test_the_weights_enhance_and_their_card_is_true(run: Run, data: Path) -> None:
    path = run()
    card = read_card(path)
    assert (card.name, card.target, card.guide) == ("t1-t2-axial-x2", "T2w", "T1w")
    assert (card.plane, card.factors, card.spacing_mm) == ("axial", (2.0, 2.0), (2.0, 2.0))
    assert (card.licence, card.seed) == ("Apache-2.0", 0)
    assert card.description.endswith(
        "3 low-resolution scans and pseudo-targets made of them and simulated heads"
    )
    assert card.commit
    assert card.commands[0]
    pair = simulate(find_cases(data / "cohort")[0], 2.0).pair
    assert card.warnings_for(pair) == []
    cascade = load_weights(path)
    assert super_resolve(cascade, pair).volume.grid == pair.fine


def test_training_uses_coarse_images_without_the_held_out_session(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Example] = []
    simulated: list[Example] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: Any, **rest: Any) -> Any:
        given.extend(examples)
        simulated.extend(rest["simulated"])
        return fit(self, make, examples, **rest)

    monkeypatch.setattr(External, "fit", spy)
    run()
    assert (tmp_path / "t2-axial-x2.safetensors").is_file()
    record = json.loads((tmp_path / "runs" / "t1-t2-axial-x2" / "training.json").read_text())
    assert record["cases"] == ["sub-01", "sub-04", "clinical sub-01"]
    assert HELD_OUT == "sub-12"
    guided, unguided = given[:3], given[3:]
    assert len(guided) == 3
    assert all(torch.equal(a.target, b.target) for a, b in zip(guided, unguided, strict=True))
    assert all(tuple(e.target.shape[2:]) == e.coarse.shape[:2] == (16, 14) for e in given)
    sizes = [tuple(e.target.shape[2:]) for e in simulated]
    assert sizes == [e.coarse.shape[:2] for e in simulated] == [(32, 28), (16, 14)] * 2


def test_unguided_weights_need_no_guide(run: Run) -> None:
    path = run(only="unguided").parent / "t2-axial-x2.safetensors"
    assert read_card(path).guide is None
    assert not load_weights(path).guided
    assert not path.with_name("t1-t2-axial-x2.safetensors").exists()


def test_a_finished_training_is_not_repeated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_weights(run()).networks[0].state_dict()
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    again = load_weights(run()).networks[0].state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_the_plan_is_the_default_with_intensities_varied() -> None:
    plan, default = plan_for(4.0, True, 7, 3), recipe("default", 4.0, steps=7)
    assert plan.settings == default.settings
    learning = plan.regime.learning
    assert (learning.training.steps, learning.training.seed) == (7, 3)
    assert min(learning.augmentation.gain, learning.augmentation.gamma) > 0
    assert replace(learning, augmentation=default.regime.learning.augmentation) == replace(
        default.regime.learning, training=learning.training
    )


@pytest.fixture
def card(run: Run) -> WeightCard:
    return read_card(run())


def _measured(path: Path, mean: dict[str, Any], made: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"mean": mean, "made": made}))


def test_without_measurements_the_card_claims_none(card: WeightCard, tmp_path: Path) -> None:
    assert with_results(card, 2.0, tmp_path / "nothing").results == {}


def test_the_card_holds_the_measurements(card: WeightCard, tmp_path: Path) -> None:
    _measured(tmp_path / "quality" / "x2-guided.json", {"gain": 1.234})
    _measured(tmp_path / "quality" / "x4-guided.json", {"gain": 9})
    _measured(
        tmp_path / "robustness" / "t1-t2-axial-x2.json",
        {"phantom 1": {"gain": 2}, "labels 17": {"gain": -0.5}},
        card.commit,
    )
    assert with_results(card, 2.0, tmp_path).results == {
        make_weights.FOLD_RESULT: "+1.23 dB over bicubic",
        "these weights, phantom 1": "+2.00 dB over bicubic",
        "these weights, labels 17": "-0.50 dB over bicubic",
    }


def test_weights_do_not_claim_what_older_ones_reached(card: WeightCard, tmp_path: Path) -> None:
    path = tmp_path / "robustness" / "t1-t2-axial-x2.json"
    _measured(path, {"phantom 1": {"gain": 2}}, "another commit")
    assert with_results(card, 2.0, tmp_path).results == {}


def test_unguided_weights_do_not_claim_what_guided_ones_reached(
    card: WeightCard, tmp_path: Path
) -> None:
    unguided = card.model_copy(update={"guide": None})
    _measured(tmp_path / "quality" / "x2-guided.json", {"gain": 5})
    assert with_results(unguided, 2.0, tmp_path).results == {}
    _measured(tmp_path / "quality" / "x2-unguided.json", {"gain": 1})
    (result,) = with_results(unguided, 2.0, tmp_path).results.values()
    assert result == "+1.00 dB over bicubic"


def test_weights_for_any_contrast_do_not_claim_what_those_for_t2w_reached(
    card: WeightCard, tmp_path: Path
) -> None:
    _measured(tmp_path / "quality" / "x2-guided.json", {"gain": 5})
    assert with_results(card.model_copy(update={"target": "any"}), 2.0, tmp_path).results == {}


def test_weights_for_any_contrast_are_named_and_described_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    sources = [Source(f"cohort {c.name}", case=c) for c in find_cases(data / "cohort")]
    monkeypatch.setattr(any_contrast, "real_sources", lambda *_, **__: sources)
    monkeypatch.setattr(any_contrast, "random_heads", lambda *_, **__: [])
    folder = run(any_set=True).parent
    card = read_card(folder / "guided-any-axial-x2.safetensors")
    assert (card.name, card.target, card.guide) == ("guided-any-axial-x2", "any", "any")
    assert card.data == any_contrast.DATA
    assert card.description.startswith("any contrast enhanced with any contrast, trained on 2")
    unguided = read_card(folder / "any-axial-x2.safetensors")
    assert (unguided.target, unguided.guide) == ("any", None)


def test_intensities_are_bent_for_any_contrast_alone() -> None:
    bent = plan_for(4.0, True, 7, 3, any_set=True).regime.learning.augmentation
    plain = plan_for(4.0, True, 7, 3).regime.learning.augmentation
    assert min(bent.bend, bent.fold) > 0 == plain.bend
    assert replace(bent, bend=0, fold=0) == plain
