"""crossres enhance: a finer volume from a scan and its guide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from crossres.cli.case_file import Case
from crossres.cli.enhance_cases import Options, check_guides, run_case, run_table
from crossres.cli.options import (
    Factor,
    Overwrite,
    Quiet,
    Spacing,
    Threads,
    WeightsName,
    WithMaps,
    WithReport,
    examples,
    set_threads,
)
from crossres.cli.panels import FILES, GUIDE
from crossres.cli.settings import with_enhance_settings
from crossres.inference.settings import EnhanceSettings

EXAMPLES = examples(
    "crossres enhance T2.nii.gz --guide T1.nii.gz -o SR.nii.gz",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 4,4,1 -o SR.nii.gz",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --spacing 1 -o SR.nii.gz --report --maps",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 2 -o SR.nii.gz --weights my.safetensors",
    "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 2 -o SR.nii.gz --noise 12",
    "crossres enhance T2_ax.nii.gz T2_cor.nii.gz T2_sag.nii.gz --guide T1.nii.gz --spacing 1 "
    "-o T2_1mm.nii.gz",
    "crossres enhance --table cases.csv --spacing 1 --skip-existing",
    "crossres enhance export/ --series T2 --guide export/ --guide-series T1 --factor 2 -o T2_fine",
)


@with_enhance_settings
def enhance(
    targets: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="T2.nii.gz...",
            help="The scan to enhance, or a folder of DICOM files. Several scans of one contrast "
            "become one volume, in the place of the first.",
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.nii.gz",
            help="The file to make: .nii.gz, .nii, .mgz or .nrrd. A name without ending makes a "
            "DICOM folder of a DICOM scan.",
            rich_help_panel=FILES,
        ),
    ] = None,
    guide: Annotated[
        Path | None,
        typer.Option(
            "--guide",
            metavar="T1.nii.gz",
            help="Finer scan of the same subject.",
            rich_help_panel=FILES,
        ),
    ] = None,
    series: Annotated[
        list[str] | None,
        typer.Option(
            "--series",
            metavar="TEXT",
            help="Series of a DICOM folder: its description, part of it, or the end of its UID. Of "
            "several scans one option for each.",
            rich_help_panel=FILES,
        ),
    ] = None,
    guide_series: Annotated[
        str | None,
        typer.Option(
            "--guide-series",
            metavar="TEXT",
            help="The same for the guide's folder.",
            rich_help_panel=FILES,
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            metavar="CASES.csv",
            help="Instead: a table of scans with the columns target, output, guide, factor, "
            "spacing, series and guide_series. Paths are relative to its folder.",
            rich_help_panel=FILES,
        ),
    ] = None,
    skip_existing: Annotated[
        bool,
        typer.Option("--skip-existing", help="Keep outputs that exist.", rich_help_panel=FILES),
    ] = False,
    overwrite: Overwrite = False,
    factor: Factor = None,
    spacing: Spacing = None,
    transform: Annotated[
        Path | None,
        typer.Option(
            "--transform",
            metavar="T1.tfm",
            help="Motion of the guide that `crossres register --transform` or a program based on "
            "ITK has written, instead of a registration.",
            rich_help_panel=GUIDE,
        ),
    ] = None,
    weights: WeightsName = None,
    settings: EnhanceSettings,
    report: WithReport = False,
    maps: WithMaps = False,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Enhance a scan with the guide of the same subject.

    Makes the volume, a JSON file beside it that records what was done, with --report a report, and
    with --maps a folder with the scan, the added detail and the residual. Without --factor and
    --spacing the result is isotropic at the finest voxel size of scan and guide, as far as the
    weights are for that.
    """
    from crossres.checks import require
    from crossres.inference.device import on_device
    from crossres.types import SettingsError

    if report:
        require("report", "`report`")
    set_threads(threads)
    if overwrite and skip_existing:
        raise SettingsError("`overwrite` and `skip_existing` exclude each other; give one of them")
    options = Options(
        factor, spacing, weights, on_device(settings), transform, report, maps, overwrite,
        skip_existing, quiet,
    )  # fmt: skip
    if table is not None:
        own = {"output": output, "guide": guide, "series": series, "guide_series": guide_series}
        _check_alone(targets, {**own, "transform": transform})
        run_table(table, options)
    elif not targets or output is None:
        missing = "no scan was given" if not targets else "`output` is missing"
        raise SettingsError(
            f"{missing}; give `crossres enhance T2.nii.gz -o SR.nii.gz`, or `table`; see `crossres "
            "enhance --help`"
        )
    else:
        scans = tuple(targets)
        case = Case(scans, output, guide, None, None, tuple(series or ()), guide_series)
        check_guides([case], options)
        run_case(case, options)


def _check_alone(targets: Sequence[Path] | None, options: dict[str, object]) -> None:
    """Refuse what a table states for each of its rows."""
    from crossres.types import SettingsError

    given = [f"`{name}`" for name, value in options.items() if value]
    if targets or given:
        what = ", ".join(given) or "scans"
        raise SettingsError(f"with `table` its rows state the scans; leave {what} out")
