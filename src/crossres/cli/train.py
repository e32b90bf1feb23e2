"""crossres train: weights from a folder of low-resolution scans."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    Trust,
    examples,
    numbers,
    set_threads,
)
from crossres.cli.panels import ACQUISITION, FILES, GENERAL, GRID, NETWORKS
from crossres.cli.settings import check_guide_settings
from crossres.inference.settings import EnhanceSettings, PlaneProfileName

if TYPE_CHECKING:
    from crossres.io import Case, SeriesCase
    from crossres.weights import WeightCard

RecipeName = Literal["default", "paper"]

EXAMPLES = examples(
    "crossres train scans/ --factor 4 -o my.safetensors",
    "crossres train scans/ --factor 2,2,1 --guide none -o unguided.safetensors",
    "crossres train thick/ --factor 1,1,4 -o through-plane.safetensors",
    "crossres train exports/ --target-series t2 --guide-series mprage --factor 4 -o my.safetensors",
    "crossres train scans/ --factor 4 --added-noise 0,0.03 -o for-noisy-scans.safetensors",
    "crossres train scans/ --factor 4 --recipe paper --steps 20000 -o paper.safetensors",
)


def train(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Scans named as in BIDS (sub-01_T2w.nii.gz beside sub-01_T1w.nii.gz), or a folder "
            "of DICOM files for each subject.",
        ),
    ],
    factor: Annotated[
        str,
        typer.Option(
            "--factor",
            metavar="4,4,1",
            help="Factor to enhance by later: three numbers, or one.",
            rich_help_panel=GRID,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.safetensors",
            help="The weights to make.",
            rich_help_panel=FILES,
        ),
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target", metavar="SUFFIX", help="Contrast to enhance.", rich_help_panel=FILES
        ),
    ] = "T2w",
    guide: Annotated[
        str,
        typer.Option(
            "--guide",
            metavar="SUFFIX",
            help="Contrast of the guide, or none.",
            rich_help_panel=FILES,
        ),
    ] = "T1w",
    target_series: Annotated[
        str | None,
        typer.Option(
            "--target-series",
            metavar="TEXT",
            help="Of DICOM: which series of each folder, by description, part of it, or UID.",
            rich_help_panel=FILES,
        ),
    ] = None,
    guide_series: Annotated[
        str | None,
        typer.Option(
            "--guide-series", metavar="TEXT", help="The same for the guide.", rich_help_panel=FILES
        ),
    ] = None,
    recipe: Annotated[
        RecipeName,
        typer.Option(
            "--recipe",
            help="The best measured, or that of the paper of 2023.",
            rich_help_panel=NETWORKS,
        ),
    ] = "default",
    stages: Annotated[
        int | None,
        typer.Option("--stages", min=1, help="Stages of the cascade.", rich_help_panel=NETWORKS),
    ] = None,
    steps: Annotated[
        int,
        typer.Option("--steps", min=1, help="Steps per trained stage.", rich_help_panel=NETWORKS),
    ] = 3000,
    loss: Annotated[
        Literal["l1", "l2"] | None,
        typer.Option(
            "--loss",
            help="Loss of the training; by default that of the recipe.",
            rich_help_panel=NETWORKS,
        ),
    ] = None,
    structures: Annotated[
        float | None,
        typer.Option(
            "--structures",
            metavar="SHARE",
            help="Where there is a guide: share of guides, and of targets, with synthetic unshared "
            "structures; 0.5, or 0 with --recipe paper.",
            rich_help_panel=NETWORKS,
        ),
    ] = None,
    added_noise: Annotated[
        str,
        typer.Option(
            "--added-noise",
            metavar="0,0.03",
            help="Noise that is added to the degraded patches, for noisy scans: least and largest "
            "deviation, as shares of the bright tissue.",
            rich_help_panel=NETWORKS,
        ),
    ] = "0,0",
    plane_profile: Annotated[
        PlaneProfileName,
        typer.Option(
            "--plane-profile",
            help="Profile of the scans' voxels in the plane, as of enhance; band-limited: k-space "
            "that was truncated.",
            rich_help_panel=ACQUISITION,
        ),
    ] = "measured",
    no_denoising: Annotated[
        bool,
        typer.Option(
            "--no-denoising",
            help="Use noisy scans as they are, as enhance does with --noise 0.",
            rich_help_panel=ACQUISITION,
        ),
    ] = False,
    work: Annotated[
        Path | None,
        typer.Option(
            "--work",
            metavar="FOLDER",
            help="Folder of checkpoints; OUT.train by default.",
            rich_help_panel=FILES,
        ),
    ] = None,
    weights_version: Annotated[
        int,
        typer.Option(
            "--weights-version",
            min=1,
            help="Version on the card of the weights.",
            rich_help_panel=NETWORKS,
        ),
    ] = 1,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only list the cases; train nothing.", rich_help_panel=GENERAL
        ),
    ] = False,
    no_register: NoRegister = False,
    trust: Trust = None,
    overwrite: Overwrite = False,
    device: Device = "auto",
    threads: Threads = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train weights on low-resolution scans alone; no high-resolution target is needed.

    The same command resumes where it was interrupted. Makes the weights with their card, and the
    loss curve as CSV and PNG.
    """
    from crossres.cli.tables import counted
    from crossres.files import check_outputs
    from crossres.inference import compute_device
    from crossres.workflows import train as workflow

    paths = workflow.training_paths(output)
    requested = numbers(factor, "factor")
    noise = numbers(added_noise, "added_noise", "0,0.03")
    contrast = None if guide.lower() == "none" else guide
    if contrast is None:
        check_guide_settings(EnhanceSettings(register=not no_register))
    if not dry_run:
        check_outputs(paths, overwrite=overwrite)
    set_threads(threads)
    place = compute_device(device)
    with progress("looking through folders", quiet=quiet) as shown:
        cases = workflow.find_training_cases(
            folder, target=target, guide=contrast,
            target_series=target_series, guide_series=guide_series, progress=shown,
        )  # fmt: skip
    if dry_run:
        _list(cases)
        return
    with progress("reading and aligning scans", quiet=quiet) as shown:
        training_set = workflow.load_training_set(
            cases,
            factor=requested,
            register=not no_register,
            trust=trust,
            plane_profile=plane_profile,
            denoise=not no_denoising,
            seed=seed,
            progress=shown,
        )
    warn(list(training_set.warnings))
    plan = workflow.choose_recipe(
        recipe, training_set, guided=contrast is not None, steps=steps, stages=stages, loss=loss,
        structures=structures, added_noise=noise, seed=seed,
    )  # fmt: skip
    checkpoints = work or output.with_suffix(".train")
    inputs = workflow.identify_inputs(cases, registered=not no_register)
    inputs |= {} if trust is None else {"trust": trust}
    with _resumable(checkpoints), progress("training", quiet=quiet) as shown:
        cascade, curves = workflow.fit_recipe(
            training_set, plan, work=checkpoints, inputs=inputs, device=place, progress=shown
        )
    entries = workflow.CardEntries(
        name=output.stem, target=target, guide=contrast,
        data=counted(len(cases), "case"), version=weights_version,
        command=workflow.command_without_folders(["crossres", *sys.argv[1:]], folder),
    )  # fmt: skip
    card = workflow.weight_card(training_set, plan, cascade, curves, entries)
    workflow.write_training(cascade, card, curves, paths, overwrite=overwrite)
    _summarise(card, curves, paths, quiet=quiet)


@contextmanager
def _resumable(folder: Path) -> Iterator[None]:
    """Add to Ctrl-C how to resume."""
    try:
        yield
    except KeyboardInterrupt as error:
        error.args = (f"interrupted; the same command resumes from the checkpoints in {folder}",)
        raise


def _list(cases: Sequence[Case | SeriesCase]) -> None:
    """Print the cases as a table."""
    from crossres.cli.tables import columns, counted

    named = [(case.name, *case.inputs) for case in cases]
    rows = [(name, y.name, "none" if g is None else g.name) for name, y, g in named]
    columns(counted(len(rows), "case"), ("case", "target", "guide"), rows)


def _summarise(
    card: WeightCard, curves: list[list[float]], paths: list[Path], *, quiet: bool
) -> None:
    """Print the result of the training as a table."""
    from crossres.cli.tables import facts

    rows = {
        "weights": card.full_name,
        "trained on": card.data,
        "factors": "{:.3g} to {:.3g}".format(*card.factors),
        "spacing": "{:.3g} to {:.3g} mm".format(*card.spacing_mm),
        "loss": "; ".join(f"{curve[0]:.4f} -> {curve[-1]:.4f}" for curve in curves),
    }
    facts("Trained", rows, files=paths, quiet=quiet)
