"""crossres info: the geometry and content of a file or a folder of DICOM files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.messages import progress
from crossres.cli.options import Json, Quiet, Series, Trust, examples

if TYPE_CHECKING:
    from crossres.io.dicom import Listing
    from crossres.io.dicom import Series as DicomSeries

EXAMPLES = examples(
    "crossres info T2.nii.gz",
    "crossres info export/",
    "crossres info export/ --series T2",
    "crossres info T2.nii.gz --json",
)


def info(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A scan: .nii.gz, .nii, .mgz, .nrrd, or a folder of DICOM files.",
        ),
    ],
    series: Series = None,
    trust: Trust = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show shape, spacing, orientation and range of a scan, or list the series of a folder."""
    from crossres.cli.tables import document, facts
    from crossres.io import describe

    if file.is_dir() and series is None:
        _list(file, as_json, quiet=quiet)
        return
    found = describe(file, series, parameter="series", trust=trust)
    if as_json:
        document(found if "series" in found else {"file": file.name, **found})
        return
    title = str(found.pop("series", file.name))
    facts(title, {name.replace("_", " "): _text(v) for name, v in found.items()})


def _list(folder: Path, as_json: bool, *, quiet: bool) -> None:
    """Print a row for each series, then the problems of those that cannot be used."""
    from crossres.cli.tables import columns, document
    from crossres.io.dicom import list_series

    with progress("reading files", quiet=quiet) as shown:
        listing = list_series(folder, progress=shown)
    if as_json:
        document(_listed(listing))
        return
    names = ("series", "modality", "plane", "images", "size", "spacing, mm", "UID ends in")
    columns("Series", names, [_row(series) for series in listing.series])
    for line in _remarks(listing):
        typer.echo(line)


def _listed(listing: Listing) -> dict[str, object]:
    """Return the series of a folder as values for JSON."""
    from crossres.volume.size_text import rounded

    series = [
        {
            "series": one.label,
            "modality": one.modality,
            "plane": one.plane,
            "images": len(one.frames),
            "positions": len(one.places),
            "uid_ending": one.ending,
            "problem": one.problem or None,
            **(
                {}
                if one.problem
                else {"shape": one.grid.shape, "spacing_mm": rounded(one.grid.spacing)}
            ),
        }
        for one in listing.series
    ]
    files = {"other_files": listing.others, "damaged_files": listing.damaged}
    return {"series": series, **files}


def _row(series: DicomSeries) -> list[str]:
    rows, columns = series.frames[0].size
    spacing = "" if series.problem else " x ".join(f"{d:.3g}" for d in series.grid.spacing)
    return [
        series.label or "(no description)",
        series.modality,
        series.plane,
        str(len(series.frames)),
        f"{columns} x {rows}",
        spacing,
        series.ending,
    ]


def _remarks(listing: Listing) -> list[str]:
    """Return the problems of series, and the number of other files."""
    problems = [f"{one.name!r} {one.problem}" for one in listing.series if one.problem]
    duplicates = [
        f"{one.name!r} has {len(one.frames)} images at {len(one.places)} places"
        for one in listing.series
        if not one.problem and len(one.frames) > len(one.places)
    ]
    counts = {"that are not images": listing.others, "that are damaged": listing.damaged}
    rest = [f"files {kind}: {count}" for kind, count in counts.items() if count]
    return [*problems, *duplicates, *rest]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return (" x " if len(value) == 3 else " to ").join(_text(v) for v in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
