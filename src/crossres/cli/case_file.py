"""A table of cases for ``crossres enhance``: a row for each scan, with its guide and its output."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REQUIRED = ("target", "output")
OPTIONAL = ("guide", "factor", "spacing", "series", "guide_series")
_SEPARATORS = "\t;,"


@dataclass(frozen=True)
class Case:
    """The scans of one result.

    Args:
        targets: One scan, or several of one contrast that become one volume.
        output: The file or folder to make.
        guide: The other contrast, or None.
        factor: Fine voxels per voxel as text, or None.
        spacing: Instead: spacing as text, or None.
        series: Series of the folders of the targets; none, or one for each.
        guide_series: Series of the guide's folder, or None.
    """

    targets: tuple[Path, ...]
    output: Path
    guide: Path | None = None
    factor: str | None = None
    spacing: str | None = None
    series: tuple[str, ...] = ()
    guide_series: str | None = None


def read_cases(path: Path) -> tuple[list[Case], list[str]]:
    """Read a table of cases, separated by commas, semicolons or tabs.

    Args:
        path: The table, UTF-8. Its first row names the columns: ``target`` and ``output``, and if
            required ``guide``, ``factor``, ``spacing``, ``series`` and ``guide_series``. Paths
            are relative to the folder of the table.

    Returns:
        The cases, and one sentence for what is not used.

    Raises:
        FileFormatError: The file is missing, no text, or has no rows.
        SettingsError: A column or a value is missing, two rows would make the same file, or an
            output is or holds a scan of any row.
    """
    from crossres.files import read_whole
    from crossres.types import FileFormatError, SettingsError

    try:
        lines = read_whole(path)[0].decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is no table in UTF-8; save it as CSV") from error
    head = lines[0] if lines else ""
    table = csv.DictReader(lines, delimiter=max(_SEPARATORS, key=head.count))
    rows = list(table)
    names = list(table.fieldnames or ()) if rows else []
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise SettingsError(
            f"{path.name} has no rows with the column {missing[0]!r}; name the columns in its "
            f"first row: {', '.join((*REQUIRED, *OPTIONAL))}"
        )
    cases = [_case(row, path, number) for number, row in enumerate(rows, start=2)]
    _check_outputs(cases, path)
    unused = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    return cases, [f"{path.name}: the column {name!r} is not used" for name in unused]


def _case(row: Mapping[str | None, str | None], path: Path, number: int) -> Case:
    """Return the case of a row.

    Raises:
        SettingsError: A value too many, or without a target or an output.
    """
    from crossres.types import SettingsError

    if None in row:
        raise SettingsError(
            f"{path.name}, row {number} has more values than columns; quote a value that holds the "
            "separator, or write factors as 4x4x1"
        )
    found = {name: (row.get(name) or "").strip() or None for name in (*REQUIRED, *OPTIONAL)}
    target, output, guide = (found.pop(name) for name in ("target", "output", "guide"))
    if target is None or output is None:
        name = "target" if target is None else "output"
        raise SettingsError(f"{path.name}, row {number} has no {name}; add it, or delete the row")
    series = found.pop("series")
    return Case(
        (path.parent / target,),
        path.parent / output,
        None if guide is None else path.parent / guide,
        series=() if series is None else (series,),
        **found,
    )


def _check_outputs(cases: list[Case], path: Path) -> None:
    """Refuse outputs that would replace those of another row, or a scan of any row."""
    from crossres.files.outputs import is_folder, stem
    from crossres.types import SettingsError

    scans = {one.resolve() for case in cases for one in (*case.targets, case.guide) if one}
    held = {folder for scan in scans for folder in (scan, *scan.parents)}
    earlier: dict[Path, str] = {}
    for output in (case.output.resolve() for case in cases):
        if output in held:
            raise SettingsError(
                f"{path.name}: the output {output.name} is or holds a scan of the table; give it "
                "another name"
            )
        start = output if is_folder(output) else stem(output)
        if start in earlier:
            raise SettingsError(
                f"{path.name} has two rows that would make {start.name}.json, with the outputs "
                f"{earlier[start]} and {output.name}; rename one"
            )
        earlier[start] = output.name
