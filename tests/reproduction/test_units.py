"""Addresses: equal units have equal ones, different units different ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from crossres.reproduction import TABLES, Budget, budget, cohort_subjects, units_of
from crossres.reproduction.methods import (
    BICUBIC,
    DEFAULT,
    MODEL_1,
    MODEL_2,
    PROPOSED,
    THEN,
    Method,
    TableRow,
)
from crossres.reproduction.published import Published, settings_of
from crossres.reproduction.subjects import Packed, Subject
from crossres.reproduction.units import key_of, scores_key
from crossres.training.adversary import Adversarial

RESULTS = Path(__file__).parents[2] / "results" / "reproduction" / "cpu"
SIZES = """
2478390 2385534 2427501 2651406 2123772 2057442 2197042 2037473 2024316 1874814 2333963 2228623
2070889 1834251 2503469 2358611 2259551 2307760 2464991 2162504 2537881 2285710 2208823 2001414
2768238 2515442 2431770 2331579 2713261 2613866 2608241 2529776 2555430 2364553 2294749 2137139
2629600 2471954 2517097 2319265
"""
"""Bytes of T2w and T1w of the 20 subjects in docs/results/data.md; addresses depend on them."""

HEADERS = replace(budget("cpu"), register=False)
"""The published scores are of guides where their headers place them."""

GAN = Method("supervised", "mdcsrn", adversarial=True)


def test_the_order_of_settings_does_not_matter() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})


@pytest.mark.parametrize("method", [BICUBIC.method, PROPOSED, MODEL_2, THEN, GAN])
def test_the_same_settings_have_the_same_address(unit_of: Any, method: Method) -> None:
    one, same = unit_of(method), unit_of(replace(method))
    assert (one.key, one.training_key) == (same.key, same.training_key)


@pytest.mark.parametrize(
    "change",
    [
        {"regime": "internal"}, {"regime": "supervised"}, {"regime": "external-internal"},
        {"regime": "default"}, {"network": "recnn"},
        {"guided": False}, {"loss": "l2"}, {"stages": 2}, {"adversarial": True},
        {"shift_mm": 1.0}, {"back_projection": "none"}, {"ensemble": True},
    ],
)  # fmt: skip
def test_another_method_has_another_address(unit_of: Any, change: dict[str, Any]) -> None:
    assert unit_of(replace(PROPOSED, **change)).key != unit_of(PROPOSED).key


@pytest.mark.parametrize(
    "change",
    [
        {"external_steps": 3}, {"schedule": "plateau"}, {"batch": 3}, {"patch": 9}, {"every": 2},
        {"networks": {"guided-rdn": {"blocks": 2}}}, {"score_every": 2},
    ],
)  # fmt: skip
def test_another_budget_has_another_address(
    unit_of: Any, smoke: Budget, change: dict[str, Any]
) -> None:
    one, other = unit_of(PROPOSED), unit_of(PROPOSED, budget=replace(smoke, **change))
    assert one.key != other.key
    assert (one.training_key == other.training_key) is ("score_every" in change)


def test_what_a_method_does_not_use_leaves_its_address(unit_of: Any, smoke: Budget) -> None:
    other = replace(
        smoke, folds=4, supervised_steps=9, internal_steps=9, supervised_patch=20,
        adversarial=Adversarial(width=9),
    )  # fmt: skip
    assert unit_of(PROPOSED).key == unit_of(PROPOSED, budget=other).key
    assert unit_of(GAN).key != unit_of(GAN, budget=other).key
    longer = replace(smoke, internal_steps=9)
    assert unit_of(MODEL_2).key != unit_of(MODEL_2, budget=longer).key
    assert unit_of(THEN).key != unit_of(THEN, budget=replace(smoke, external_steps=9)).key


def test_an_alignment_changes_the_address_of_guided_methods_alone(
    unit_of: Any, smoke: Budget
) -> None:
    headers = replace(smoke, register=False)
    for method, differ in ((PROPOSED, True), (BICUBIC.method, False), (MODEL_1, False)):
        one, other = unit_of(method), unit_of(method, budget=headers)
        assert (one.key != other.key) is differ
        assert (one.training_key != other.training_key) is differ
    assert "aligned" not in unit_of(PROPOSED, budget=headers).settings


def test_the_self_ensemble_needs_no_training_of_its_own(unit_of: Any) -> None:
    one, eight = unit_of(DEFAULT), unit_of(replace(DEFAULT, ensemble=True))
    assert one.training_key == eight.training_key
    assert one.key != eight.key
    assert unit_of(replace(DEFAULT, effort=3)).training_key != one.training_key


def test_other_subjects_and_factors_have_another_address(
    unit_of: Any, subjects: list[Subject]
) -> None:
    base = unit_of(PROPOSED)
    trained = unit_of(PROPOSED, train=tuple(subjects[:1]))
    tested = unit_of(PROPOSED, test=tuple(subjects[2:]))
    finer = unit_of(PROPOSED, factor=4)
    assert len({unit.key for unit in (base, trained, tested, finer)}) == 4
    assert tested.training_key == base.training_key
    assert len({unit.training_key for unit in (base, trained, finer)}) == 3


def test_bicubic_has_no_training_subjects(unit_of: Any, subjects: list[Subject]) -> None:
    method = BICUBIC.method
    assert unit_of(method).key == unit_of(method, train=tuple(subjects[:1])).key
    assert unit_of(method).key != unit_of(method, factor=4).key


def test_the_proposed_method_of_every_table_is_one_unit(unit_of: Any) -> None:
    rows: list[TableRow] = [
        row for table in TABLES.values() for row in table.rows
        if row.name in ("proposed", "3 stages", "L1", "0 mm")
    ]  # fmt: skip
    assert len(rows) == 4
    assert len({unit_of(row.method, factor=4).key for row in rows}) == 1


def test_adaptation_starts_from_the_proposed_training(unit_of: Any) -> None:
    assert unit_of(THEN).parent.training_key == unit_of(PROPOSED).training_key
    assert unit_of(THEN).key != unit_of(THEN).parent.key


def test_training_uses_scans_as_they_are_and_references_if_supervised(
    unit_of: Any, tmp_path: Path
) -> None:
    unit = unit_of(PROPOSED)
    low, high = (unit.example(unit.train[0], tmp_path, supervised=s) for s in (False, True))
    assert tuple(low.target.shape[2:]) == low.coarse.shape[:2] == (16, 14)
    assert tuple(high.target.shape[2:]) == high.fine.shape[:2] == low.fine.shape[:2] == (32, 28)
    assert low.guide is not None
    assert tuple(low.guide.shape[2:]) == (32, 28)
    assert unit_of(replace(PROPOSED, guided=False)).example(unit.train[0], tmp_path).guide is None


def test_training_uses_a_guide_with_its_alignment_error(unit_of: Any, tmp_path: Path) -> None:
    unit, off = unit_of(PROPOSED), unit_of(replace(PROPOSED, shift_mm=2.0))
    right, wrong = (u.example(unit.train[0], tmp_path) for u in (unit, off))
    assert torch.equal(right.target, wrong.target)
    assert not torch.equal(right.guide, wrong.guide)


def known_subjects() -> list[Subject]:
    """Return the cohort as addresses use it, without its files."""
    pairs = zip(*[iter(SIZES.split())] * 2, strict=True)
    names = [(f"sub-{n:02d}", ", ".join(pair)) for n, pair in enumerate(pairs, start=1)]
    return [Subject(name, packed=Packed(f"{name}, {size}", (), ())) for name, size in names]


def test_every_published_score_is_found_by_its_settings() -> None:
    units = {settings_of(u): u for u in units_of(TABLES, HEADERS, known_subjects())}
    published = Published.read(RESULTS)
    assert len(published.units) == 144
    assert [line for line in published.units if line["settings"] not in units] == []
    for line in published.units:
        unit = units[line["settings"]]
        assert {row["subject"] for row in published.rows(unit)} == {s.name for s in unit.test}
        assert scores_key(json.loads(line["settings"])) == unit.key


def test_addresses_of_the_budget_that_was_not_run_are_those_it_was_planned_with() -> None:
    units = units_of(TABLES, replace(budget("full"), register=False), known_subjects())
    assert key_of({"all": [unit.key for unit in units]}) == "20f8e613a8aa2aa2"
    assert key_of({"all": [unit.training_key for unit in units]}) == "7f926ebea84a93a1"


@pytest.mark.realdata
def test_the_cohort_s_subjects_are_those_of_the_addresses(data_root: Path) -> None:
    found = cohort_subjects(data_root / "cohort")
    assert [s.identity for s in found] == [s.identity for s in known_subjects()]
