"""crossres enhance: a finer volume from a scan and its guide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.messages import progress
from crossres.cli.options import (
    Factor,
    Overwrite,
    Quiet,
    Spacing,
    Threads,
    WeightsName,
    WithMaps,
    check_maps,
    examples,
    optional_numbers,
    set_threads,
    weights_names,
)
from crossres.cli.settings import with_enhance_settings
from crossres.inference.settings import EnhanceSettings

if TYPE_CHECKING:
    from crossres.inference import Enhanced

EXAMPLES = examples(
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 4,4,1 -o SR.nii.gz",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --spacing 1 -o SR.nii.gz --report --maps",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 2 -o SR.nii.gz --weights my.safetensors",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 2 -o SR.nii.gz "
    "--back-projection exact --noise 0.1",
    "crossres enhance T2_ax.nii.gz T2_cor.nii.gz T2_sag.nii.gz --guide T1.nii.gz --spacing 1 "
    "-o T2_1mm.nii.gz",
    "crossres enhance export/ --series T2 --guide export/ --guide-series T1 --factor 2 -o T2_fine",
)


@with_enhance_settings
def enhance(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="T2.nii.gz...",
            help="The scan to enhance, or a folder of DICOM files. Several scans of one contrast "
            "become one volume, in the place of the first.",
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.nii.gz",
            help="The file to make; a name without ending makes a DICOM folder of a DICOM scan.",
        ),
    ],
    guide: Annotated[
        Path | None,
        typer.Option("--guide", metavar="T1.nii.gz", help="Finer scan of the same subject."),
    ] = None,
    series: Annotated[
        list[str] | None,
        typer.Option(
            "--series",
            metavar="TEXT",
            help="Series of a DICOM folder: its description, part of it, or the end of its UID; of "
            "several scans one option for each.",
        ),
    ] = None,
    guide_series: Annotated[
        str | None,
        typer.Option("--guide-series", metavar="TEXT", help="The same for the guide's folder."),
    ] = None,
    factor: Factor = None,
    spacing: Spacing = None,
    weights: WeightsName = None,
    settings: EnhanceSettings,
    report: Annotated[bool, typer.Option("--report", help="Also make an HTML report.")] = False,
    maps: WithMaps = False,
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Enhance a scan with the guide of the same subject.

    Makes the volume, a JSON file beside it that records what was done, with --report a report, and
    with --maps a folder with the scan, the added detail and the residual.
    """
    from crossres.extras import require
    from crossres.files import check_outputs
    from crossres.files.outputs import is_folder
    from crossres.inference.device import on_device
    from crossres.io import holds_dicom
    from crossres.workflows.enhance import Request, enhance_files, output_paths, write_outputs

    target, *others = targets
    named = _series(series, len(targets))
    paths = output_paths(output, report=report, maps=maps, dicom=holds_dicom(target))
    folder = is_folder(output)
    check_outputs(paths, overwrite=overwrite, inputs=(*targets, guide), folder=folder)
    check_maps(settings.evidence, maps)
    if report:
        require("report", "`report`")
    set_threads(threads)
    request = Request(
        target=target,
        guide=guide,
        factor=optional_numbers(factor, "factor"),
        spacing=optional_numbers(spacing, "spacing"),
        weights=weights_names(weights),
        others=tuple(others),
        series=named[0],
        other_series=named[1:],
        guide_series=guide_series,
        settings=on_device(settings),
    )
    with progress("reading and enhancing", quiet=quiet) as shown:
        done = enhance_files(request, progress=shown)
    with progress("writing", quiet=quiet) as shown:
        write_outputs(done, paths, overwrite=overwrite, progress=shown)
    if not quiet:
        _summarise(done.enhanced, paths)


def _series(series: list[str] | None, count: int) -> tuple[str | None, ...]:
    """Return the series of each scan.

    Raises:
        SettingsError: Another number of series than of scans.
    """
    from crossres.types import SettingsError

    if not series:
        return (None,) * count
    if len(series) != count:
        raise SettingsError(
            f"`series` was given {len(series)} times for {count} scans; give it once for each scan"
        )
    return tuple(series)


def _summarise(enhanced: Enhanced, paths: list[Path]) -> None:
    """Print what was done as a table."""
    from crossres.cli.tables import facts
    from crossres.inference.noise import noise_description
    from crossres.workflows.enhance import use_of_guide

    errors, pair = enhanced.consistency, enhanced.pair
    before, after = f"{errors.interpolation:.2%}", f"{errors.result:.2%}"
    if errors.noise:
        after += f" (noise of the scan: {errors.noise:.2%})"
    rows = {
        "spacing": f"{_mm(enhanced.aligned.pair.target.grid.spacing)} -> {_mm(pair.fine.spacing)}",
        "noise": noise_description(enhanced.noise),
        "guide": use_of_guide(enhanced),
        "weights": enhanced.weights,
        **{f"scan {n}": scan.description for n, scan in enumerate(enhanced.scans, start=1)},
        "data-consistency error": f"{before} (interpolated) -> {after}",
        "time": f"{enhanced.timings['total']:.1f} s",
    }
    facts("Enhanced", rows, files=paths)


def _mm(spacing: tuple[float, ...]) -> str:
    return " x ".join(f"{d:.3g}" for d in spacing) + " mm"
