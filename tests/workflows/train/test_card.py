"""A card states what weights were trained on, and how."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from torch.nn import functional

from crossres.training import Recipe
from crossres.weights import WeightCard
from crossres.workflows.train import (
    CardEntries,
    Curves,
    TrainingSet,
    command_without_identifiers,
    fit_recipe,
    weight_card,
)

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


def test_a_function_is_named(folder: Path, tmp_path: Path, small: SimpleNamespace) -> None:
    plan: Any = small.plan().with_training(loss=functional.huber_loss)
    card, _ = made(small.training_set(folder), plan, tmp_path / "work")
    assert list(card.results) == ["huber_loss loss at the end, stage 1"]


def test_a_command_names_no_folder_and_no_series_uid(tmp_path: Path) -> None:
    folder = tmp_path / "Quintilia"
    folder.mkdir()
    words = [
        "crossres", "train", str(folder), f"--work={folder}", "--structures", "0.25",
        "--target-series", "1.2.840.1", "--guide-series=27.4", "-o", f"{folder}/w.safetensors",
    ]  # fmt: skip
    assert command_without_identifiers(words) == (
        "crossres train FOLDER --work=FOLDER --structures 0.25 --target-series UID "
        "--guide-series=UID -o w.safetensors"
    )
    words = ["crossres", "train", "/gone/scans", "--target-series", "t2 tse", "--seed", "12"]
    assert command_without_identifiers(words) == (
        "crossres train scans --target-series 't2 tse' --seed 12"
    )


def test_names_that_are_not_utf8_are_written_on_the_card(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    entries = replace(ENTRIES, name="sch\udce4del", command="crossres -o sch\udce4del.safetensors")
    card, _ = made(small.training_set(folder), small.plan(), tmp_path / "work", entries)
    assert card.name == r"sch\xe4del"
    assert WeightCard.model_validate_json(card.model_dump_json()) == card
