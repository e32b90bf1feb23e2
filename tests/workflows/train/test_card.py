"""A card states what weights were trained on, and how."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch.nn import functional

from crossres.training import Recipe
from crossres.weights import WeightCard
from crossres.workflows.train import (
    CardEntries,
    Curves,
    TrainingSet,
    choose_recipe,
    command_without_folders,
    fit_recipe,
    weight_card,
)
from crossres.workflows.train.preparation import Preparation

ENTRIES = CardEntries("mine", "T2w", "T1w", "two scans", "crossres train")


def made(
    scans: TrainingSet, plan: Recipe, work: Path, entries: CardEntries = ENTRIES
) -> tuple[WeightCard, Curves]:
    cascade, curves = fit_recipe(scans, plan, work=work)
    return weight_card(scans, plan, cascade, curves, entries), curves


def test_the_card_states_what_was_used(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    card, curves = made(small.training_set(folder), small.plan(), tmp_path / "work")
    assert (card.name, card.target, card.guide, card.data) == ("mine", "T2w", "T1w", "two scans")
    assert card.description == ("T2w enhanced with T1w, trained on 2 low-resolution scans alone")
    assert (card.factors, card.spacing_mm) == ((2.0, 2.0), (2.0, 3.0))
    assert (card.network, card.networks, card.plane) == ("guided-rdn", 1, "axial")
    assert card.commands == ("crossres train",)
    assert card.back_projection["kind"] == "exact"
    assert card.results == {"l1 loss at the end, stage 1": f"{curves[0][-1]:.5f}"}
    assert card.licence == "not stated; ask the owner of the scans"
    assert (card.full_name, card.changes, card.population) == ("mine@1", "", "not stated")


def test_a_shared_network_is_for_smaller_factors_too(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder, (4.0,))
    card, _ = made(scans, small.plan(stages=2), tmp_path / "work", replace(ENTRIES, guide=None))
    assert card.factors == (2.0, 4.0)
    assert card.description.startswith("T2w enhanced, trained")


def test_other_training_images_are_stated(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder)
    reference = replace(scans.examples[0], coarse=scans.examples[0].fine, guide=None)
    target = reference.target.repeat_interleave(2, 2).repeat_interleave(2, 3)
    simulated = (replace(reference, target=target, guide=target),)
    card, _ = made(
        replace(scans, simulated=simulated), small.plan(pseudo_targets=True), tmp_path / "work"
    )
    assert card.description.endswith(
        "2 low-resolution scans and pseudo-targets made of them and simulated heads"
    )


def test_the_slice_profiles_of_the_training_are_named(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder)
    plan: Any = small.plan()
    card, _ = made(scans, plan, tmp_path / "one")
    assert card.acquisition.startswith("Gaussian slice profile, FWHM = coarse voxel size")
    card, _ = made(scans, plan.with_learning(profile=(0.5, 1.2)), tmp_path / "many")
    assert "FWHM = 0.5 to 1.2 of the coarse voxel size" in card.acquisition


def test_noise_and_preparations_are_stated(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder)
    plan: Any = small.plan().with_learning(added_noise=(0.005, 0.03))
    treated = replace(scans, preparations=(Preparation(), Preparation(apodised="ij")))
    card, _ = made(treated, plan, tmp_path / "noisy")
    plain, _ = made(scans, small.plan(), tmp_path / "plain")
    assert card.acquisition == (
        f"{plain.acquisition}, noise of 0.5 to 3 % of the intensity scale added, "
        "of 2 scans 1 apodised"
    )


def test_a_function_is_named(folder: Path, tmp_path: Path, small: SimpleNamespace) -> None:
    plan: Any = small.plan().with_training(loss=functional.huber_loss)
    card, _ = made(small.training_set(folder), plan, tmp_path / "work")
    assert list(card.results) == ["huber_loss loss at the end, stage 1"]


def test_a_command_has_no_folders() -> None:
    words = ["crossres", "train", "Quintilia/", "--work=/tmp/Quintilia", "--steps", "2"]
    command = command_without_folders(words, Path("Quintilia"))
    assert command == "crossres train SCANS --work=... --steps 2"


@pytest.mark.parametrize("words", [["--target-series", "{}"], ["--target-series={}"]])
@pytest.mark.parametrize("text", ["1.2.840.99.4711", "t2 of Quintilia", "--steps", "/a=b"])
def test_a_command_has_no_series(words: list[str], text: str) -> None:
    typed = ["crossres", "train", *(word.format(text) for word in words), "-o", "/home/Q/my.st"]
    command = command_without_folders(typed, Path("elsewhere"))
    assert command == f"crossres train --target-series{words[0][15:16] or ' '}... -o my.st"


def test_words_that_no_encoding_holds_are_escaped(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    entries = replace(ENTRIES, name="w\udce4", data="d\udce4")
    card, _ = made(small.training_set(folder), small.plan(), tmp_path / "work", entries)
    assert (card.name, card.data) == ("w\\xe4", "d\\xe4")
    assert command_without_folders(["crossres", "w\udce4"], folder) == "crossres 'w\\xe4'"
    card.model_dump_json()


@pytest.mark.parametrize(("factor", "share"), [((1.0, 1.0, 2.0), 2**0.5), ((2.0,), 1.0)])
def test_spacings_across_slices_are_those_of_all_factors(
    folder: Path, small: SimpleNamespace, factor: tuple[float, ...], share: float
) -> None:
    scans = small.training_set(folder, factor)
    plan = choose_recipe("default", scans, guided=True).with_learning(spread=0.5)
    cascade = plan.regime.learning.cascade([plan.make()], scans.factor)
    found = weight_card(scans, plan, cascade, [[1.0]], ENTRIES)
    least, most = scans.spacing_mm
    assert found.spacing_mm == pytest.approx((least / share, most * share))
