"""The demonstration: train on low-resolution digital phantoms, enhance another one, score it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crossres.files import atomic
from crossres.inference import EnhanceSettings
from crossres.io import find_cases, read, write
from crossres.metrics import Scores, score
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.report import Report, comparison, slice_panel, write_report
from crossres.training import Recipe, recipe
from crossres.types import OutputExistsError, Progress
from crossres.volume import Volume, coarse_grid, foreground_mask
from crossres.weights import save_weights
from crossres.workflows.enhance import (
    EnhancedFiles,
    Request,
    enhance_files,
    output_paths,
    report_of,
    write_outputs,
)
from crossres.workflows.train import (
    CardEntries,
    Curves,
    draw_curve,
    fit_recipe,
    load_training_set,
    weight_card,
)

FACTOR = 2.0
UNSEEN = "unseen"
SHAPE = (176, 208, 176)
INTERPOLATED, TRAINED, SHIPPED = "bicubic", "learned-here", "shipped-weights"
"""Methods, as in the names of their files."""
LABELS = {
    INTERPOLATED: "interpolated (cubic)",
    TRAINED: "trained here",
    SHIPPED: "shipped weights",
}
"""Methods, as in tables and pictures."""


@dataclass(frozen=True)
class Demonstration:
    """The settings of the demonstration.

    Args:
        folder: Folder of all files.
        subjects: Number of phantoms in the training set, at least 1.
        slices: First and last axial slice (exclusive) of each phantom.
        steps: Optimiser steps.
        seed: Seed of the phantoms and the training.
    """

    folder: Path
    subjects: int = 6
    slices: tuple[int, int] = (84, 108)
    steps: int = 300
    seed: int = 0

    @property
    def cohort(self) -> Path:
        """Folder of the low-resolution scans."""
        return self.folder / "cohort"

    @property
    def names(self) -> list[str]:
        """Names of the phantoms in the training set."""
        return [f"sub-{number:02d}" for number in range(1, self.subjects + 1)]

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints, a separate one for each choice of settings."""
        return self.folder / "checkpoints" / f"{self.subjects}-{self.steps}-{self.seed}"

    @property
    def weights(self) -> Path:
        """File of the trained weights."""
        return self.folder / "learned.safetensors"


def make_phantoms(demo: Demonstration, *, progress: Progress | None = None) -> None:
    """Write the low-resolution scans of the training set, and the test phantom with its reference.

    Args:
        demo: The settings.
        progress: Called with (phantoms done, total phantoms).

    Raises:
        OutputExistsError: The folder holds files, and is not one of an earlier demonstration.
        OutputWriteError: A file cannot be written.
    """
    # Files of the same names would be replaced.
    if demo.folder.is_dir() and not demo.cohort.is_dir() and any(demo.folder.glob("[!.]*")):
        raise OutputExistsError(f"{demo.folder} holds other files; give a new folder")
    demo.cohort.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate([*(f"cohort/{n}" for n in demo.names), UNSEEN], start=1):
        guide, reference = make_pair(1000 * demo.seed + number, shape=SHAPE, slices=demo.slices)
        scan = degrade(reference, coarse_grid(reference.grid, factor=(FACTOR, FACTOR, 1)))
        scans = {"T1w": guide, "T2w": scan}
        if name == UNSEEN:
            scans["reference"] = reference
        for suffix, volume in scans.items():
            write(volume, demo.folder / f"{name}_{suffix}.nii.gz", overwrite=True)
        if progress is not None:
            progress(number, demo.subjects + 1)


def small_recipe(demo: Demonstration) -> Recipe:
    """Return the default recipe with a network that trains within a minute on two cores.

    Args:
        demo: The settings.

    Returns:
        The recipe.
    """
    plan = recipe("default", FACTOR, steps=demo.steps).with_training(seed=demo.seed)
    # Phantoms show the same structures in both contrasts.
    plan = plan.with_augmentation(structures=0.0)
    return replace(
        plan, settings={**plan.settings, "blocks": 3, "fine": 16, "width": 16, "fine_layers": 0}
    )


def train_weights(demo: Demonstration, *, progress: Progress | None = None) -> Curves:
    """Train on the low-resolution scans, and write weights and loss curve.

    Args:
        demo: The settings.
        progress: Called with (steps done, total steps).

    Returns:
        The losses and scores of the training.

    Raises:
        OutputWriteError: A file cannot be written.
    """
    plan = small_recipe(demo)
    # An earlier run in this folder may have left more phantoms.
    cases = [case for case in find_cases(demo.cohort) if case.name in demo.names]
    cohort = load_training_set(cases, factor=(FACTOR, FACTOR, 1), register=False)
    cascade, curves = fit_recipe(cohort, plan, work=demo.checkpoints, progress=progress)
    entries = CardEntries(
        name="demo", target="T2w", guide="T1w",
        data=f"{demo.subjects} digital phantoms", command="crossres demo", licence="Apache-2.0",
    )  # fmt: skip
    card = weight_card(cohort, plan, cascade, curves, entries)
    save_weights(cascade, card, demo.weights, overwrite=True)
    draw_curve(curves, demo.folder / "loss.png", overwrite=True)
    return curves


def enhance_unseen(
    demo: Demonstration, weights: str, *, progress: Progress | None = None
) -> EnhancedFiles:
    """Enhance the test phantom, as ``crossres enhance`` does.

    Args:
        demo: The settings.
        weights: Name of shipped weights, or a file.
        progress: Called with (slices done, total slices).

    Returns:
        The result.
    """
    request = Request(
        target=demo.folder / f"{UNSEEN}_T2w.nii.gz",
        guide=demo.folder / f"{UNSEEN}_T1w.nii.gz",
        factor=(FACTOR, FACTOR, 1),
        weights=(weights,),
        settings=EnhanceSettings(register=False, device="cpu", seed=demo.seed),
    )
    return enhance_files(request, progress=progress)


def score_methods(demo: Demonstration, methods: Mapping[str, Volume]) -> dict[str, Scores]:
    """Score the estimate of each method against the reference of the test phantom.

    Args:
        demo: The settings.
        methods: Estimates by method.

    Returns:
        Scores by method.
    """
    reference = read(demo.folder / f"{UNSEEN}_reference.nii.gz").canonical().data
    mask = foreground_mask(reference)
    return {
        name: score(np.asarray(volume.canonical().data), reference, mask=mask)
        for name, volume in methods.items()
    }


def estimates(done: Mapping[str, EnhancedFiles]) -> dict[str, Volume]:
    """Return the interpolation and the estimate of each method.

    Args:
        done: Results by method.

    Returns:
        Volumes by method.
    """
    first = next(iter(done.values())).enhanced
    return {INTERPOLATED: first.interpolated, **{n: e.enhanced.volume for n, e in done.items()}}


def write_results(
    demo: Demonstration, done: Mapping[str, EnhancedFiles], scores: Mapping[str, Scores]
) -> list[Path]:
    """Write each estimate with its maps, the picture and the report.

    Args:
        demo: The settings.
        done: Results by method.
        scores: Scores by method.

    Returns:
        The picture and the report.

    Raises:
        OutputWriteError: A file cannot be written.
    """
    volumes = estimates(done)
    write(volumes[INTERPOLATED], estimate_file(demo, INTERPOLATED), overwrite=True)
    for method, result in done.items():
        paths = output_paths(estimate_file(demo, method), report=False, maps=True)
        write_outputs(result, paths, overwrite=True)
    picture, report = demo.folder / "comparison.png", demo.folder / "report.html"
    png = draw_comparison(demo, volumes, scores)
    with atomic(picture, overwrite=True) as temporary:
        temporary.write_bytes(png)
    write_report(_report(list(done.values())[-1], png, scores), report, overwrite=True)
    return [picture, report]


def estimate_file(demo: Demonstration, method: str) -> Path:
    """Return the file of the estimate of a method.

    Args:
        demo: The settings.
        method: One of ``LABELS``.

    Returns:
        A NIfTI file.
    """
    return demo.folder / f"{UNSEEN}_{method}.nii.gz"


def draw_comparison(
    demo: Demonstration, volumes: Mapping[str, Volume], scores: Mapping[str, Scores]
) -> bytes:
    """Draw input, interpolation, estimates, guide and reference side by side.

    Args:
        demo: The settings.
        volumes: Estimates by method.
        scores: Scores by method.

    Returns:
        A PNG.
    """
    files = {"input": "T2w", "guide": "T1w", "reference": "reference"}
    scans = {name: read(demo.folder / f"{UNSEEN}_{s}.nii.gz") for name, s in files.items()}
    results = {LABELS[method]: volume for method, volume in volumes.items()}
    shown = {"input": scans["input"], **results, "guide": scans["guide"]}
    panels = slice_panel({**shown, "reference": scans["reference"]}, "axial", fraction=0.5)
    captions = {LABELS[method]: f"{s.mean['psnr']:.2f} dB" for method, s in scores.items()}
    return comparison(panels, difference_to="reference", captions=captions)


def _report(done: EnhancedFiles, png: bytes, scores: Mapping[str, Scores]) -> Report:
    return replace(
        report_of(done), title="Demonstration: a digital phantom",
        scored={"Beside the reference, which the method did not use": png},
        scores={LABELS[method]: found for method, found in scores.items()}, scored_region="head",
    )  # fmt: skip


def table_rows(scores: Mapping[str, Scores]) -> Sequence[tuple[str, str, str, str]]:
    """Return the table of scores.

    Args:
        scores: Scores by method.

    Returns:
        Method, PSNR, SSIM and the gain in PSNR over interpolation, as text.
    """
    base = scores[INTERPOLATED].mean["psnr"]
    return [
        (LABELS[method], f"{m['psnr']:.2f}", f"{m['ssim']:.4f}", f"{m['psnr'] - base:+.2f}")
        for method, m in ((method, s.mean) for method, s in scores.items())
    ]
