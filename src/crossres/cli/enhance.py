"""crossres enhance: a finer volume from a scan and its guide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.messages import progress
from crossres.cli.options import (
    Agreement,
    Batch,
    Device,
    Ensemble,
    Factor,
    Iterations,
    KeepGuide,
    Noise,
    NoRegister,
    Overwrite,
    Quiet,
    Seed,
    Series,
    Spacing,
    Threads,
    WeightsName,
    WithEvidence,
    WithMaps,
    agreement,
    compute_device,
    examples,
    optional_numbers,
    with_maps,
)

if TYPE_CHECKING:
    from crossres.workflows.enhance import Enhancement

EXAMPLES = examples(
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 4,4,1 -o SR.nii.gz",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --spacing 1 -o SR.nii.gz --report --maps",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 2 -o SR.nii.gz --weights my.safetensors",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 2 -o SR.nii.gz "
    "--back-projection exact --noise 0.1",
    "crossres enhance export/ --series T2 --guide export/ --guide-series T1 --factor 2 -o T2_fine",
)


def enhance(
    target: Annotated[
        Path,
        typer.Argument(
            metavar="T2.nii.gz", help="The scan to sharpen, or a folder of DICOM files."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.nii.gz",
            help="The file to make; of a DICOM scan, a name without ending makes a DICOM folder.",
        ),
    ],
    guide: Annotated[
        Path | None,
        typer.Option("--guide", metavar="T1.nii.gz", help="Finer scan of the same subject."),
    ] = None,
    series: Series = None,
    guide_series: Annotated[
        str | None,
        typer.Option("--guide-series", metavar="TEXT", help="The same for the guide's folder."),
    ] = None,
    factor: Factor = None,
    spacing: Spacing = None,
    weights: WeightsName = None,
    no_register: NoRegister = False,
    back_projection: Agreement = "card",
    iterations: Iterations = 1,
    noise: Noise = 0.0,
    ensemble: Ensemble = False,
    keep_guide: KeepGuide = False,
    report: Annotated[bool, typer.Option("--report", help="Also make an HTML page.")] = False,
    maps: WithMaps = False,
    evidence: WithEvidence = False,
    overwrite: Overwrite = False,
    batch: Batch = None,
    device: Device = "auto",
    threads: Threads = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Sharpen a scan with the guide of the same subject.

    Makes the volume, a JSON file beside it that says what was done, with --report a page, and with
    --maps a folder with what was seen, what was added and what does not fit.
    """
    from crossres.files import check_outputs
    from crossres.files.outputs import is_folder
    from crossres.io import holds_dicom
    from crossres.workflows.enhance import (
        Request,
        carry_out,
        output_paths,
        write_outputs,
    )

    paths = output_paths(output, report=report, maps=maps, dicom=holds_dicom(target))
    folder = is_folder(output)
    check_outputs(paths, overwrite=overwrite, inputs=(target, guide), folder=folder)
    request = Request(
        target=target,
        guide=guide,
        factor=optional_numbers(factor, "--factor"),
        spacing=optional_numbers(spacing, "--spacing"),
        weights=weights,
        register=not no_register,
        batch=batch,
        device=compute_device(device, threads),
        seed=seed,
        back_projection=agreement(back_projection, iterations, noise),
        ensemble=ensemble,
        keep_guide=keep_guide,
        evidence=with_maps(evidence, maps),
        series=series,
        guide_series=guide_series,
    )
    with progress("reading and enhancing", quiet=quiet) as shown:
        done = carry_out(request, progress=shown)
    with progress("writing", quiet=quiet) as shown:
        write_outputs(done, paths, overwrite=overwrite, progress=shown)
    if not quiet:
        _summarise(done, paths)


def _summarise(done: Enhancement, paths: list[Path]) -> None:
    """Print what was done as a table."""
    from crossres.cli.tables import facts

    before, after = done.result.consistency_before, done.result.consistency_after
    rows = {
        "spacing": f"{_mm(done.pair.target.grid.spacing)} -> {_mm(done.pair.fine.spacing)}",
        "guide": done.motion,
        "weights": done.weights,
        "consistency": f"{before:.2%} (interpolated) -> {after:.2%}",
        "time": f"{done.timings['total']:.1f} s",
    }
    facts("Enhanced", rows, files=paths)


def _mm(spacing: tuple[float, ...]) -> str:
    return " x ".join(f"{d:.3g}" for d in spacing) + " mm"
