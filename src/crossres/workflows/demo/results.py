"""Enhancement of the test phantom, scores against its reference, picture and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from crossres.files import atomic
from crossres.inference import EnhanceSettings
from crossres.io import read, write
from crossres.metrics import Scores, score
from crossres.report import Report, comparison, slice_panel, write_report
from crossres.types import Progress
from crossres.volume import Volume, foreground_mask
from crossres.workflows.demo.phantoms import FACTOR, UNSEEN, Demonstration
from crossres.workflows.enhance import (
    EnhancedFiles,
    Request,
    enhance_files,
    output_paths,
    report_of,
    write_outputs,
)

INTERPOLATED, TRAINED, SHIPPED = "interpolated", "learned-here", "shipped-weights"
"""Methods, as in the names of their files."""
LABELS = {
    INTERPOLATED: "interpolated (cubic)",
    TRAINED: "trained here",
    SHIPPED: "shipped weights",
}
"""Methods, as in tables and pictures."""


def enhance_unseen(
    demo: Demonstration, weights: Path | None, *, progress: Progress | None = None
) -> EnhancedFiles:
    """Enhance the test phantom, as ``crossres enhance`` does.

    Args:
        demo: The settings.
        weights: File of the weights; None for the choice among those of the package.
        progress: Called with (slices done, total slices).

    Returns:
        The result.
    """
    request = Request(
        target=demo.folder / f"{UNSEEN}_T2w.nii.gz",
        guide=demo.folder / f"{UNSEEN}_T1w.nii.gz",
        factor=(FACTOR, FACTOR, 1),
        weights=() if weights is None else (str(weights),),
        settings=EnhanceSettings(device=demo.device, seed=demo.seed),
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
    interpolated = estimates(done)[INTERPOLATED]
    write(interpolated, estimate_file(demo, INTERPOLATED), overwrite=True)
    for method, result in done.items():
        paths = output_paths(estimate_file(demo, method), report=False, maps=True)
        write_outputs(result, paths, overwrite=True)
    picture, report = demo.folder / "comparison.png", demo.folder / "report.html"
    png = draw_comparison(demo, done, scores)
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
    demo: Demonstration, done: Mapping[str, EnhancedFiles], scores: Mapping[str, Scores]
) -> bytes:
    """Draw input, interpolation, estimates, registered guide and reference side by side.

    Args:
        demo: The settings.
        done: Results by method.
        scores: Scores by method.

    Returns:
        A PNG.
    """
    scan, reference = (read(demo.folder / f"{UNSEEN}_{s}.nii.gz") for s in ("T2w", "reference"))
    results = {LABELS[method]: volume for method, volume in estimates(done).items()}
    guide = next(iter(done.values())).enhanced.aligned.pair.guide
    shown = {"input": scan, **results, **({"guide": guide} if guide else {})}
    panels = slice_panel({**shown, "reference": reference}, "axial", fraction=0.5)
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
