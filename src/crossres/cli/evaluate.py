"""crossres evaluate: scores of an estimate against the reference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.options import Json, Overwrite, Quiet, Trust, examples
from crossres.cli.panels import FILES, GENERAL

if TYPE_CHECKING:
    from crossres.metrics import Scores
    from crossres.workflows.evaluate import Evaluation

EXAMPLES = examples(
    "crossres evaluate SR.nii.gz --reference HR.nii.gz --low-resolution LR.nii.gz",
    "crossres evaluate SR.nii.gz --reference HR.nii.gz --mask brain.nii.gz -o scores.json",
    "crossres evaluate SR.nii.gz --reference HR.nii.gz --json",
)

_COLUMNS = (("psnr", 2), ("ssim", 4), ("psnr_inside", 2), ("ssim_inside", 4))


def evaluate(
    estimate: Annotated[Path, typer.Argument(metavar="SR.nii.gz", help="The scan to score.")],
    reference: Annotated[
        Path,
        typer.Option(
            "--reference",
            metavar="HR.nii.gz",
            help="Reference on the same grid.",
            rich_help_panel=FILES,
        ),
    ],
    mask: Annotated[
        Path | None,
        typer.Option(
            "--mask",
            metavar="MASK.nii.gz",
            help="The brain, not 0 inside; by default the foreground.",
            rich_help_panel=FILES,
        ),
    ] = None,
    low_resolution: Annotated[
        Path | None,
        typer.Option(
            "--low-resolution",
            metavar="LR.nii.gz",
            help="Also score this scan, interpolated (cubic).",
            rich_help_panel=FILES,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT.json", help="Scores per slice.", rich_help_panel=FILES
        ),
    ] = None,
    per_slice: Annotated[
        bool,
        typer.Option(
            "--per-slice", help="Print every slice, not only the mean.", rich_help_panel=GENERAL
        ),
    ] = False,
    trust: Trust = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score an estimate against the reference: PSNR and SSIM per axial slice, and their mean.

    Over the whole slice and inside the brain, or inside the foreground without a mask.
    """
    from crossres.cli.tables import document
    from crossres.files import check_outputs, write_json
    from crossres.workflows.evaluate import compare

    if output is not None:
        check_outputs(
            [output], overwrite=overwrite, inputs=(estimate, reference, mask, low_resolution)
        )
    found = compare(estimate, reference, mask=mask, low_resolution=low_resolution, trust=trust)
    if output is not None:
        write_json(found.to_dict(), output, overwrite=overwrite)
    if as_json:
        document(found.to_dict())
    _print(found, per_slice, quiet=quiet or as_json)


def _print(found: Evaluation, per_slice: bool, *, quiet: bool) -> None:
    from crossres.cli.tables import columns

    first = next(iter(found.scores.values()))
    title = f"{len(first.rows)} axial slices, mean ± sd; inside: {found.region}"
    names = ("", "PSNR, dB", "SSIM", "PSNR inside", "SSIM inside")
    if per_slice:
        columns("Axial slices", ("slice", *names), _slice_rows(found.scores), quiet=quiet)
    rows = [
        [_label(name), *(f"{s.mean[c]:.{n}f} ± {s.sd[c]:.{n}f}" for c, n in _COLUMNS)]
        for name, s in found.scores.items()
    ]
    columns(title, names, rows, quiet=quiet)


def _label(method: str) -> str:
    """Return the name of a method in tables; JSON files have a shorter one."""
    return "interpolated (cubic)" if method == "cubic" else method


def _slice_rows(scores: Mapping[str, Scores]) -> list[list[str]]:
    return [
        [
            str(row.index),
            _label(name),
            *(f"{getattr(row, c):.{n}f}" for c, n in _COLUMNS),
        ]
        for name, found in scores.items()
        for row in found.rows
    ]
