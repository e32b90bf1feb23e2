"""A folder of scans becomes a cohort, a cascade and a card that tells the truth."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from crossres.io import find_cases, write
from crossres.training import External, PatchTraining, Recipe, TrainingSettings
from crossres.types import (
    FileFormatError,
    GridError,
    OutputExistsError,
    SettingsError,
)
from crossres.volume import Grid, Volume
from crossres.workflows.train import (
    TrainingSet,
    draw_curve,
    learn,
    load_training_set,
    weight_card,
    write_curve,
)


def volume(shape: tuple[int, int, int], spacing: tuple[float, float, float], seed: int) -> Volume:
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = np.array(spacing) / 2
    data = np.random.default_rng(seed).uniform(10, 100, shape)
    return Volume(data.astype(np.float32), Grid(shape, affine))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write two subjects whose scans differ in spacing."""
    root = tmp_path / "scans"
    root.mkdir()
    for seed, spacing in enumerate((2.0, 3.0)):
        scan = volume((16, 16, 6), (spacing, spacing, 4.0), seed)
        guide = volume((32, 32, 6), (spacing / 2, spacing / 2, 4.0), seed + 10)
        write(scan, root / f"sub-{seed}_T2w.nii.gz")
        write(guide, root / f"sub-{seed}_T1w.nii.gz")
    return root


def cohort_of(folder: Path, factor: tuple[float, ...] = (2,)) -> TrainingSet:
    return load_training_set(find_cases(folder), factor=factor, register=False)


def plan(steps: int = 4) -> Recipe:
    learning = PatchTraining(patch=8, batch=2, training=TrainingSettings(steps=steps, epoch=2))
    settings: dict[str, int | bool | str] = {"blocks": 1, "layers": 1, "width": 4, "norm": "none"}
    return Recipe("guided-rdn", settings, External(learning))


def test_every_case_is_in_the_cohort(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    cohort = load_training_set(
        find_cases(folder), factor=(2,), register=False, progress=lambda *step: seen.append(step)
    )
    assert cohort.names == ["sub-0", "sub-1"]
    assert [tuple(e.target.shape) for e in cohort.examples] == [(6, 1, 16, 16)] * 2
    assert cohort.examples[0].guide is not None
    assert cohort.examples[0].guide.shape == (6, 1, 32, 32)
    assert (cohort.factor, cohort.spacing_mm, cohort.plane) == (2.0, (2.0, 3.0), "axial")
    assert cohort.warnings == []
    assert seen == [(1, 2), (2, 2)]


def test_a_bad_case_is_named(folder: Path) -> None:
    (folder / "sub-1_T1w.nii.gz").write_text("no image")
    with pytest.raises(FileFormatError, match="case sub-1: "):
        cohort_of(folder)


def test_a_coarse_guide_is_named(folder: Path) -> None:
    write(volume((8, 8, 6), (6.0, 6.0, 4.0), 0), folder / "sub-1_T1w.nii.gz", overwrite=True)
    with pytest.raises(GridError, match="case sub-1: the guide is coarser"):
        cohort_of(folder)


def test_one_finer_axis_is_learned_from_the_plane_across_it(folder: Path) -> None:
    cohort = cohort_of(folder, (2, 1, 1))
    assert cohort.across
    assert [tuple(e.target.shape) for e in cohort.examples] == [(16, 1, 16, 6)] * 2
    assert cohort.examples[0].guide is not None
    assert cohort.examples[0].guide.shape == (16, 1, 16, 6)
    assert not cohort_of(folder).across


def test_scans_of_both_kinds_are_not_learned_from_together(folder: Path) -> None:
    one, two = cohort_of(folder, (2, 1, 1)), cohort_of(folder)
    mixed = TrainingSet(one.names, one.examples, one.grids + two.grids, [])
    with pytest.raises(SettingsError, match="some scans would get finer along one axis"):
        _ = mixed.across


def test_learning_resumes_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    cohort = cohort_of(folder)
    whole, _ = learn(cohort, plan(), folder=tmp_path / "whole")

    def stop(step: int, steps: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(cohort, plan(), folder=tmp_path / "parts", progress=stop)
    resumed, curves = learn(cohort, plan(), folder=tmp_path / "parts")
    for a, b in zip(whole.networks[0].parameters(), resumed.networks[0].parameters(), strict=True):
        assert torch.equal(a, b)
    assert [len(curve) for curve in curves] == [2]


def test_checkpoints_belong_to_one_training(folder: Path, tmp_path: Path) -> None:
    cohort = cohort_of(folder)
    learn(cohort, plan(2), folder=tmp_path / "work")
    learn(cohort, plan(2), folder=tmp_path / "work")
    fewer = replace(cohort, names=["sub-0"])
    for other, how in ((cohort, plan(4)), (fewer, plan(2))):
        with pytest.raises(SettingsError, match="--work"):
            learn(other, how, folder=tmp_path / "work")


def test_the_card_tells_what_was_used(folder: Path, tmp_path: Path) -> None:
    cohort = cohort_of(folder)
    cascade, curves = learn(cohort, plan(), folder=tmp_path / "work")
    card = weight_card(
        cohort, plan(), cascade, curves,
        name="mine", target="T2w", guide="T1w", data="two scans", command="crossres train",
    )  # fmt: skip
    assert card.factors == (2.0, 2.0)
    assert card.spacing_mm == (2.0, 3.0)
    assert card.networks == 1
    assert card.commands == ("crossres train",)
    assert card.back_projection["kind"] == "exact"
    assert card.results == {"l1 loss at the end, stage 1": f"{curves[0][-1]:.5f}"}


def test_a_shared_network_serves_smaller_factors_too(folder: Path, tmp_path: Path) -> None:
    cohort = cohort_of(folder, (4,))
    two = replace(plan(), regime=replace(plan().regime, stages=2))
    cascade, curves = learn(cohort, two, folder=tmp_path / "work")
    card = weight_card(
        cohort, two, cascade, curves, name="m", target="T2w", guide=None, data="", command=""
    )
    assert card.factors == (2.0, 4.0)


def test_the_curve_can_be_read_back(tmp_path: Path) -> None:
    write_curve([[0.5, 0.25], [0.125]], tmp_path / "loss.csv")
    with (tmp_path / "loss.csv").open() as file:
        rows = [(r["stage"], r["epoch"], float(r["loss"])) for r in csv.DictReader(file)]
    assert rows == [("1", "1", 0.5), ("1", "2", 0.25), ("2", "1", 0.125)]
    with pytest.raises(OutputExistsError):
        write_curve([[1.0]], tmp_path / "loss.csv")


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    draw_curve([[0.5, 0.25], [0.125]], tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
