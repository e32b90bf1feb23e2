"""The demonstration: learn from low-resolution heads, sharpen an unseen one, score it."""

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
from crossres.report.page import Report, write_page
from crossres.report.pictures import comparison
from crossres.report.slices import slice_panel
from crossres.training import Recipe, recipe
from crossres.types import Array3, Mask3, Progress
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


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration does, and where.

    Args:
        folder: Where every file goes.
        subjects: Heads to learn from.
        slices: Range of axial slices of each head.
        steps: Optimiser steps.
        seed: Of the heads and the training.
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
        """Names of the heads to learn from."""
        return [f"sub-{number:02d}" for number in range(1, self.subjects + 1)]

    @property
    def checkpoints(self) -> Path:
        """Folder of the training's checkpoints, its own for every choice of settings."""
        return self.folder / "checkpoints" / f"{self.subjects}-{self.steps}-{self.seed}"

    @property
    def weights(self) -> Path:
        """What was learned."""
        return self.folder / "learned.safetensors"


def draw_heads(demo: Demonstration, *, progress: Progress | None = None) -> None:
    """Write the cohort's low-resolution scans, and the unseen head's with its reference."""
    demo.cohort.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate([*(f"cohort/{n}" for n in demo.names), UNSEEN], start=1):
        guide, reference = make_pair(1000 * demo.seed + number, shape=SHAPE, slices=demo.slices)
        scan = degrade(reference, coarse_grid(reference.grid, factor=(FACTOR, FACTOR, 1)))
        _write_scan(guide, demo.folder / f"{name}_T1w.nii.gz")
        _write_scan(scan, demo.folder / f"{name}_T2w.nii.gz")
        if name == UNSEEN:
            _write_scan(reference, demo.folder / f"{name}_reference.nii.gz")
        if progress is not None:
            progress(number, demo.subjects + 1)


def _write_scan(volume: Volume, path: Path) -> None:
    write(volume, path, overwrite=True)


def small_recipe(demo: Demonstration) -> Recipe:
    """Return the default recipe with a network that learns within a minute on two cores."""
    plan = recipe("default", FACTOR, steps=demo.steps).with_training(seed=demo.seed)
    return replace(plan, settings={**plan.settings, "blocks": 3, "layers": 3, "width": 16})


def learn_weights(demo: Demonstration, *, progress: Progress | None = None) -> Curves:
    """Learn from the cohort's low-resolution scans, and write weights and loss curve."""
    plan = small_recipe(demo)
    # An earlier run in this folder may have left more heads than are wanted now.
    cases = [case for case in find_cases(demo.cohort) if case.name in demo.names]
    cohort = load_training_set(cases, factor=(FACTOR, FACTOR, 1), register=False)
    cascade, curves = fit_recipe(cohort, plan, work=demo.checkpoints, progress=progress)
    entries = CardEntries(
        name="demo", target="T2w", guide="T1w",
        data=f"{demo.subjects} drawn heads", command="crossres demo", licence="Apache-2.0",
    )  # fmt: skip
    card = weight_card(cohort, plan, cascade, curves, entries)
    save_weights(cascade, card, demo.weights, overwrite=True)
    draw_curve(curves, demo.folder / "loss.png", overwrite=True)
    return curves


def enhance_unseen(
    demo: Demonstration, weights: str, *, progress: Progress | None = None
) -> EnhancedFiles:
    """Sharpen the unseen head, as ``crossres enhance`` would."""
    request = Request(
        target=demo.folder / f"{UNSEEN}_T2w.nii.gz",
        guide=demo.folder / f"{UNSEEN}_T1w.nii.gz",
        factor=(FACTOR, FACTOR, 1),
        weights=(weights,),
        settings=EnhanceSettings(register=False, device="cpu", seed=demo.seed),
    )
    return enhance_files(request, progress=progress)


def score_methods(demo: Demonstration, methods: Mapping[str, Volume]) -> dict[str, Scores]:
    """Score each method's estimate against the unseen head's reference."""
    reference = read(demo.folder / f"{UNSEEN}_reference.nii.gz").canonical().data
    mask = foreground_mask(reference)
    return {name: _score(v.canonical().data, reference, mask) for name, v in methods.items()}


def _score(estimate: Array3, reference: Array3, mask: Mask3) -> Scores:
    return score(np.asarray(estimate), reference, mask=mask)


def estimates(done: Mapping[str, EnhancedFiles]) -> dict[str, Volume]:
    """Return bicubic interpolation and each method's estimate."""
    first = next(iter(done.values())).enhanced
    return {"bicubic": first.interpolated, **{n: e.enhanced.volume for n, e in done.items()}}


def write_results(
    demo: Demonstration, done: Mapping[str, EnhancedFiles], scores: Mapping[str, Scores]
) -> list[Path]:
    """Write each estimate with its maps, the picture and the page; return what to open."""
    volumes = estimates(done)
    write(volumes["bicubic"], estimate_file(demo, "bicubic"), overwrite=True)
    for name, enhancement in done.items():
        paths = output_paths(estimate_file(demo, name), report=False, maps=True)
        write_outputs(enhancement, paths, overwrite=True)
    picture, page = demo.folder / "comparison.png", demo.folder / "report.html"
    drawn = draw_comparison(demo, volumes, scores)
    with atomic(picture, overwrite=True) as temporary:
        temporary.write_bytes(drawn)
    write_page(_page(list(done.values())[-1], drawn, scores), page, overwrite=True)
    return [picture, page]


def estimate_file(demo: Demonstration, method: str) -> Path:
    """Return where a method's estimate of the unseen head is."""
    return demo.folder / f"{UNSEEN}_{method.replace(' ', '-')}.nii.gz"


def draw_comparison(
    demo: Demonstration, volumes: Mapping[str, Volume], scores: Mapping[str, Scores]
) -> bytes:
    """Draw input, bicubic, estimates, guide and reference side by side."""
    files = {"input": "T2w", "guide": "T1w", "reference": "reference"}
    scans = {name: read(demo.folder / f"{UNSEEN}_{s}.nii.gz") for name, s in files.items()}
    shown = {"input": scans["input"], **volumes, "guide": scans["guide"]}
    panels = slice_panel({**shown, "reference": scans["reference"]}, "axial", fraction=0.5)
    captions = {name: f"{s.mean['psnr']:.2f} dB" for name, s in scores.items()}
    return comparison(panels, difference_to="reference", captions=captions)


def _page(done: EnhancedFiles, drawn: bytes, scores: Mapping[str, Scores]) -> Report:
    report = report_of(done)
    figures = {"Beside the truth, which the method never saw": drawn, **report.figures}
    return replace(
        report, title="Demonstration: a drawn head", figures=figures, scores=dict(scores),
        scored_region="head",
    )  # fmt: skip


def table_rows(scores: Mapping[str, Scores]) -> Sequence[tuple[str, str, str, str]]:
    """Return method, PSNR, SSIM and the gain over bicubic, as text."""
    base = scores["bicubic"].mean["psnr"]
    return [
        (name, f"{m['psnr']:.2f}", f"{m['ssim']:.4f}", f"{m['psnr'] - base:+.2f}")
        for name, m in ((name, s.mean) for name, s in scores.items())
    ]
