"""Networks at equal time: rows, subjects, and what is not done again."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from studies import networks
from studies.changes import Change, network, regime
from studies.networks import ALIGNED, SCORED, VARIANTS, two_scale

from crossres.inference import Example
from crossres.training import External, recipe
from crossres.training.loop import Training

Run = Callable[..., list[dict[str, str]]]
TINY: dict[str, Change] = {
    "guided-rdn": network(width=4),
    "two-scale": two_scale(fine=4, width=4, blocks=1, layers=1),
}


@pytest.fixture
def run(
    cohort: Path, tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Return a function that runs tiny variants and returns the rows of the result file."""
    monkeypatch.setattr(networks, "recipe", tiny.recipe)
    monkeypatch.setattr(networks, "VARIANTS", TINY)
    monkeypatch.setattr(networks, "ROUNDS", 1)
    monkeypatch.setattr(networks, "SIDE", 16)

    def call(only: str, **changes: Any) -> list[dict[str, str]]:
        given: dict[str, Any] = {"factor": 2.0, "steps": 2, "every": 4, "scored": 8, "seed": 0}
        given |= {"partner": "", "data": cohort, "runs": tmp_path / "runs"}
        given |= {"results": tmp_path / "networks.csv", **changes}
        networks.main(only=only, **given)
        with given["results"].open(newline="") as file:
            return list(csv.DictReader(file))

    yield call
    for cached in (networks.trained, networks._examples, networks._simulated):
        cached.cache_clear()


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("guided", [True, False])
def test_every_variant_is_a_network(name: str, guided: bool) -> None:
    made = VARIANTS[name](recipe("default", 4.0, guided=guided, steps=2)).make().eval()
    assert made.guided is guided
    assert made(*torch.rand(2, 1, 1, 9, 8)).shape == (1, 1, 9, 8)


def test_no_subject_is_both_trained_on_and_scored() -> None:
    assert not set(ALIGNED) & set(SCORED)


def test_rows_hold_gains_times_and_provenance(run: Run) -> None:
    first, second = run("guided-rdn,two-scale")
    assert [first["variant"], second["variant"]] == ["guided-rdn", "two-scale"]
    for row in (first, second):
        assert row["partner"] == row["variant"]
        assert all(row[key] for key in ("command", "commit", "machine"))
        assert float(row["ms"]) > 0
        assert float(row["gain_deep_guided"]) != float(row["gain_deep_unguided"])


def test_a_partner_lends_its_unguided_network(run: Run) -> None:
    own, lent = run("two-scale,guided-rdn", partner="two-scale")
    assert lent["partner"] == "two-scale"
    assert lent["gain_deep_unguided"] == own["gain_deep_unguided"]
    assert lent["loss_unguided"] == own["loss_unguided"]


def test_finished_rows_and_trainings_are_not_run_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("two-scale")
    networks.trained.cache_clear()
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    assert run("two-scale") == first
    (again,) = run("two-scale", results=tmp_path / "again.csv")
    measured = [key for key in first[0] if key.startswith(("gain", "loss", "seconds"))]
    assert [again[key] for key in measured] == [first[0][key] for key in measured]
    monkeypatch.undo()


def test_seeds_have_rows_of_their_own(run: Run) -> None:
    assert [row["seed"] for row in [*run("two-scale"), *run("two-scale", seed=1)[1:]]] == ["0", "1"]


def test_only_aligned_subjects_are_trained_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: list[Example], **rest: Any) -> Any:
        counts.append(len(examples))
        return fit(self, make, examples, **rest)

    monkeypatch.setattr(External, "fit", spy)
    run("two-scale")
    assert counts == [5, 5], "sub-01, 02, 04, 08 and 12 of the small cohort"


def test_an_unguided_network_may_learn_from_pseudo_targets(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = TINY["two-scale"]
    monkeypatch.setitem(TINY, "pseudo", lambda plan: regime(pseudo_targets=True)(change(plan)))
    without, with_them = run("two-scale,pseudo")
    assert with_them["loss_guided"] == without["loss_guided"]
    assert with_them["loss_unguided"] != without["loss_unguided"]
