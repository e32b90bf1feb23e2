"""crossres register: rigid registration of a guide to a target."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.messages import progress, warn
from crossres.cli.options import (
    Factor,
    Json,
    Output,
    Overwrite,
    Quiet,
    Seed,
    Series,
    Spacing,
    Trust,
    checked_resolution,
    examples,
)
from crossres.cli.panels import FILES, GUIDE
from crossres.inference.settings import StartName

if TYPE_CHECKING:
    from crossres.registration import Inside, Registration
    from crossres.report import GuideMotion
    from crossres.volume import Grid

EXAMPLES = examples(
    "crossres register T1.nii.gz --to T2.nii.gz -o T1_in_T2.nii.gz",
    "crossres register T1.nii.gz --to T2.nii.gz --spacing 1 -o T1_fine.nii.gz --transform T1.tfm",
    "crossres register T1.nii.gz --to T2.nii.gz -o T1_in_T2.nii.gz --json",
)


def register(
    guide: Annotated[
        Path,
        typer.Argument(metavar="T1.nii.gz", help="The scan to move, or a folder of DICOM files."),
    ],
    target: Annotated[
        Path,
        typer.Option("--to", metavar="T2.nii.gz", help="The fixed scan.", rich_help_panel=FILES),
    ],
    output: Output,
    series: Series = None,
    to_series: Annotated[
        str | None,
        typer.Option(
            "--to-series", metavar="TEXT", help="The same for --to.", rich_help_panel=FILES
        ),
    ] = None,
    transform: Annotated[
        Path | None,
        typer.Option(
            "--transform",
            metavar="T1.tfm",
            help="Also write the transform: .tfm for ITK, or .json.",
            rich_help_panel=FILES,
        ),
    ] = None,
    factor: Factor = None,
    spacing: Spacing = None,
    start: Annotated[
        StartName,
        typer.Option(
            "--start",
            help="Initial alignment; centres if a header is wrong.",
            rich_help_panel=GUIDE,
        ),
    ] = "headers",
    trust: Trust = None,
    overwrite: Overwrite = False,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Register a scan to another one of the same subject, and resample it.

    It is resampled (anti-aliased) to the grid of --to, or to a finer one with --factor or
    --spacing.
    """
    from crossres.cli.tables import document, facts
    from crossres.files import check_outputs, sha256, staged, write_json
    from crossres.files.outputs import stem
    from crossres.io import check_place, find_input, write
    from crossres.registration import register_rigid, resample
    from crossres.registration.transform_file import is_itk, write_itk
    from crossres.report import registered_motion
    from crossres.volume import background_of

    stem(output)
    resolution = checked_resolution(factor, spacing)
    paths = [output] if transform is None else [output, transform]
    check_outputs(paths, overwrite=overwrite, inputs=(guide, target))
    itk = transform is not None and is_itk(transform)
    scan, fixed = (
        find_input(guide, series, parameter="series"),
        find_input(target, to_series, parameter="to_series"),
    )
    moved, still = scan.read(trust=trust), fixed.read(trust=trust)
    check_place(still, output)
    grid = _grid(still.grid, *resolution)
    background = background_of(moved.data)
    loose = background.removed(moved)
    warn(background.notes("the scan"))
    with progress("registering", quiet=quiet):
        found = register_rigid(moved, to=still, seed=seed, start=start)
    motion = registered_motion(found, still)
    warn([*found.warnings, *scan.changes(), *fixed.changes()])
    result = background.added(resample(loose, grid, found.transform))
    if still.space == "unknown":  # no place in the world, so that the result has none
        result = replace(result, space="unknown")
    with staged(paths, overwrite=overwrite) as files:
        write(result, files[0])
        made = {"file": output.name, "sha256": sha256(files[0])}
        names = {"guide": scan.name, "target": fixed.name, "result": made}
        content = {**names, **asdict(motion), **found.to_dict()}
        for file in files[1:]:
            write_itk(found.transform, file) if itk else write_json(content, file)
    if as_json:
        document({**content, "warnings": found.warnings})
    facts("Registered", _summary(found, motion), files=paths, quiet=quiet or as_json)


def _grid(
    target: Grid, factor: tuple[float, ...] | None, spacing: tuple[float, ...] | None
) -> Grid:
    """Return the grid of the target, or the finer one that is requested."""
    from crossres.volume import fine_grid

    if factor is None and spacing is None:
        return target
    return fine_grid(target, factor=factor, spacing=spacing)


def _summary(found: Registration, motion: GuideMotion) -> dict[str, str]:
    inside = found.inside
    before_after = {
        "similarity": f"{found.similarity_before:.4f} -> {found.similarity_after:.4f} (1 to 2)",
        "distinctness": f"{found.distinctness:.4f} (shared fine detail; of two subjects near 0)",
        "displacement": f"{motion.displacement_mm:.2f} mm, mean over the head",
        "rotation": f"{motion.rotation_deg:.2f} degrees",
        "overlap": f"{100 * found.overlap:.1f} % of the target's head",
    }
    if inside is None:
        return before_after
    return before_after | {
        "remaining inside the head": _remaining(inside),
        "local correlation": f"{inside.local_correlation_before:.3f} -> "
        f"{inside.local_correlation_after:.3f} (0 to 1, inside the head)",
    }


def _remaining(inside: Inside) -> str:
    """Return the estimate of the displacement that remains, which is 0 where a motion was used."""
    return f"{inside.residual_mm:.2f} mm, standard error {inside.uncertainty_mm:.2f} mm"
