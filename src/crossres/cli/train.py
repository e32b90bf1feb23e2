"""crossres train: weights from a folder of low-resolution scans."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crossres.cli.messages import progress, warn
from crossres.cli.options import (
    Device,
    NoRegister,
    Overwrite,
    Quiet,
    Seed,
    Threads,
    examples,
    numbers,
    set_threads,
)

if TYPE_CHECKING:
    from crossres.inference import Cascade
    from crossres.io import Case, SeriesCase
    from crossres.training import Recipe
    from crossres.weights import WeightCard
    from crossres.workflows.train import TrainingSet

RecipeName = Literal["default", "paper"]

EXAMPLES = examples(
    "crossres train scans/ --factor 4 -o my.safetensors",
    "crossres train scans/ --factor 2,2,1 --guide none -o unguided.safetensors",
    "crossres train thick/ --factor 1,1,4 -o through-plane.safetensors",
    "crossres train exports/ --target-series t2 --guide-series mprage --factor 4 -o my.safetensors",
    "crossres train scans/ --factor 4 --recipe paper --steps 20000 -o paper.safetensors",
)


def train(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Scans named as in BIDS (sub-01_T2w.nii.gz beside sub-01_T1w.nii.gz), or a folder "
            "of DICOM files for each subject."
        ),
    ],
    factor: Annotated[
        str,
        typer.Option(
            "--factor", metavar="4,4,1", help="Factor to enhance by later: three numbers, or one."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT.safetensors", help="The weights to make.")
    ],
    target: Annotated[str, typer.Option("--target", help="Contrast to sharpen.")] = "T2w",
    guide: Annotated[str, typer.Option("--guide", help="Contrast of the guide, or none.")] = "T1w",
    target_series: Annotated[
        str | None,
        typer.Option(
            "--target-series",
            metavar="TEXT",
            help="Of DICOM: which series of each folder, by description, part of it, or UID.",
        ),
    ] = None,
    guide_series: Annotated[
        str | None,
        typer.Option("--guide-series", metavar="TEXT", help="The same for the guide."),
    ] = None,
    recipe: Annotated[
        RecipeName, typer.Option("--recipe", help="What measured best, or 2023's.")
    ] = "default",
    stages: Annotated[
        int | None, typer.Option("--stages", min=1, help="Stages of the cascade.")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps per trained stage.")] = 3000,
    loss: Annotated[Literal["l1", "l2"] | None, typer.Option("--loss")] = None,
    structures: Annotated[
        float | None,
        typer.Option(
            "--structures",
            metavar="SHARE",
            help="Where there is a guide: share of guides, and of targets, with drawn structures; "
            "0.5, or 0 with --recipe paper.",
        ),
    ] = None,
    work: Annotated[
        Path | None, typer.Option("--work", help="Folder of checkpoints; OUT.train by default.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the cases; learn nothing.")
    ] = False,
    no_register: NoRegister = False,
    overwrite: Overwrite = False,
    device: Device = "auto",
    threads: Threads = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Learn weights from low-resolution scans alone; no high-resolution target is needed.

    The same command resumes where it was interrupted. Makes the weights with their card, and the
    loss curve as CSV and PNG.
    """
    from crossres.files import check_outputs
    from crossres.inference import compute_device
    from crossres.training.recipes import STRUCTURES
    from crossres.workflows.train import load_training_set, weight_card

    paths = _output_paths(output)
    if not dry_run:
        check_outputs(paths, overwrite=overwrite)
    wanted = numbers(factor, "factor")
    contrast = None if guide.lower() == "none" else guide
    set_threads(threads)
    where = compute_device(device)
    names, series = (target, contrast), (target_series, guide_series)
    cases = _cases(folder, names, series, quiet)
    if dry_run:
        _list(cases)
        return
    with progress("reading and aligning scans", quiet=quiet) as shown:
        cohort = load_training_set(
            cases, factor=wanted, register=not no_register, seed=seed, progress=shown
        )
    warn(cohort.warnings)
    plan = _plan(recipe, cohort, contrast is not None, steps, stages, loss, seed)
    drawn = 0.0 if recipe == "paper" else STRUCTURES
    plan = plan.with_augmentation(structures=drawn if structures is None else structures)
    checkpoints = work or paths[0].with_suffix(".train")
    about = _about(cases, not no_register)
    cascade, curves = _learn(cohort, plan, checkpoints, about, where, quiet)
    card = weight_card(
        cohort, plan, cascade, curves, name=paths[0].stem, target=target, guide=contrast,
        data=f"{len(cases)} cases in {folder.resolve().name}", command=_command(),
    )  # fmt: skip
    _write(cascade, card, curves, paths, overwrite)
    if not quiet:
        _summarise(card, curves, paths)


def _cases(
    folder: Path,
    contrasts: tuple[str, str | None],
    series: tuple[str | None, str | None],
    quiet: bool,
) -> Sequence[Case | SeriesCase]:
    """Return NIfTI files by their names, or series of DICOM folders if those were chosen.

    Raises:
        SettingsError: A series of the guide without one of the target, or the other way round.
    """
    from crossres.io import find_cases, find_series_cases
    from crossres.types import SettingsError

    (target, guide), (target_series, guide_series) = contrasts, series
    if target_series is None and guide_series is None:
        return find_cases(folder, target=target, guide=guide)
    if target_series is None or (guide_series is None) != (guide is None):
        raise SettingsError(
            "of DICOM both series are chosen, with --target-series and --guide-series, or with "
            "--guide none the target's alone; give the one that is missing, or leave one out"
        )
    with progress("looking through folders", quiet=quiet) as shown:
        return find_series_cases(folder, target=target_series, guide=guide_series, progress=shown)


def _list(cases: Sequence[Case | SeriesCase]) -> None:
    """Print the cases as a table."""
    from crossres.cli.tables import columns

    named = [(case.name, *case.inputs) for case in cases]
    rows = [(name, y.name, "none" if g is None else g.name) for name, y, g in named]
    columns(f"{len(rows)} cases", ("case", "target", "guide"), rows)


def _output_paths(output: Path) -> list[Path]:
    """Return weights, loss curve and its picture."""
    from crossres.files.outputs import beside

    endings = (".safetensors",)
    return [output, *(beside(output, end, endings) for end in ("_loss.csv", "_loss.png"))]


def _plan(
    name: RecipeName,
    cohort: TrainingSet,
    guided: bool,
    steps: int,
    stages: int | None,
    loss: str | None,
    seed: int,
) -> Recipe:
    """Return the recipe with what was asked for."""
    from crossres.training import External, recipe
    from crossres.types import SettingsError

    changes: dict[str, int | float | str | bool] = {"seed": seed}
    if loss is not None:
        changes["loss"] = loss
    if cohort.across and (name == "paper" or stages is not None):
        raise SettingsError(
            "one axis gets finer: that is learned in one stage, from the detail in the plane; "
            "leave --stages and --recipe paper out"
        )
    chosen = "through-plane" if cohort.across else name
    plan = recipe(chosen, cohort.factor, guided=guided, steps=steps).with_training(**changes)
    if stages is not None and isinstance(plan.regime, External):
        plan = replace(plan, regime=replace(plan.regime, stages=stages))
    return plan


def _about(cases: Sequence[Case | SeriesCase], registered: bool) -> dict[str, object]:
    """Return what checkpoints are known by beside the settings: contrasts, and the files' sizes."""
    scans = [scan for case in cases for scan in case.inputs if scan is not None]
    return {"files": [scan.size() for scan in scans], "registered": registered}


def _learn(
    cohort: TrainingSet,
    plan: Recipe,
    folder: Path,
    about: dict[str, object],
    device: str,
    quiet: bool,
) -> tuple[Cascade, list[list[float]]]:
    """Learn, and say how to go on after Ctrl-C."""
    from crossres.workflows.train import learn

    try:
        with progress("learning", quiet=quiet) as shown:
            return learn(cohort, plan, folder=folder, about=about, device=device, progress=shown)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; the same command goes on from the checkpoints in {folder}"
        ) from None


def _command() -> str:
    """Return what was typed, without folders: cards are passed on, and those may name patients."""
    return shlex.join(["crossres", *(_without_folder(word) for word in sys.argv[1:])])


def _without_folder(word: str) -> str:
    option, sign, value = word.rpartition("=")
    return f"{option}{sign}{Path(value).name or value}"


def _write(
    cascade: Cascade,
    card: WeightCard,
    curves: list[list[float]],
    paths: list[Path],
    overwrite: bool,
) -> None:
    """Write weights, curve and picture: all of them or none."""
    from crossres.files import staged
    from crossres.weights import save_weights
    from crossres.workflows.train import draw_curve, write_curve

    with staged(paths, overwrite=overwrite) as files:
        save_weights(cascade, card, files[0])
        write_curve(curves, files[1])
        draw_curve(curves, files[2])


def _summarise(card: WeightCard, curves: list[list[float]], paths: list[Path]) -> None:
    """Print what was learned as a table."""
    from crossres.cli.tables import facts

    rows = {
        "weights": card.name,
        "learned from": card.data,
        "factors": "{:.3g} to {:.3g}".format(*card.factors),
        "spacing": "{:.3g} to {:.3g} mm".format(*card.spacing_mm),
        "loss": "; ".join(f"{curve[0]:.4f} -> {curve[-1]:.4f}" for curve in curves),
    }
    facts("Learned", rows, files=paths)
