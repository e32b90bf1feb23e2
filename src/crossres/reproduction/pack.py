"""Pack a cohort: the slices that a budget shows, the rest 0, for a machine that takes little.

    python -m crossres.reproduction.pack --data DATA/cohort --out packed --budget cpu
    crossres reproduce table2 --data packed --budget cpu

The packed folder serves as ``--data`` and gives the same scores under the same addresses: each
subject is packed only if what it shows is equal to the last bit, and keeps its identity.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from crossres.files import atomic_folder, check_output
from crossres.io import Case, read, write
from crossres.reproduction.budgets import Budget, budget
from crossres.reproduction.methods import TABLES, table
from crossres.reproduction.protocol import (
    PACKED,
    Packed,
    Subject,
    centre,
    cohort_subjects,
    shown,
    shown_guide,
    volumes,
)
from crossres.types import CrossresError, FileFormatError, SettingsError
from crossres.volume import Volume


@dataclass(frozen=True)
class Wanted:
    """What is shown of a subject.

    Args:
        every: Steps between slices.
        shifts: Registration errors of the guide, mm; 0 among them.
    """

    every: tuple[int, ...]
    shifts: tuple[float, ...]

    def slices(self, count: int) -> list[int]:
        """Return the axial slices of the reference that are shown, of so many."""
        return sorted({k for n in self.every for k in range(centre(count) % n, count, n)})

    @property
    def whole_guide(self) -> bool:
        """Tell whether the guide moves: splines then see all of it, background included."""
        return max(self.shifts) > 0


def wanted_by(chosen: Budget, names: Sequence[str]) -> Wanted:
    """Return what tables show within a budget.

    Raises:
        SettingsError: No such table, or every slice.
    """
    every = tuple(sorted({chosen.every, chosen.score_every}))
    if 1 in every or chosen.phantoms:
        raise SettingsError(
            f"budget {chosen.name!r} leaves nothing out that could be packed; "
            "copy the scans themselves, in parts if need be"
        )
    methods = [row.method for name in names for row in table(name).rows]
    return Wanted(every, tuple(sorted({0.0, *(method.shift_mm for method in methods)})))


def pack(data: Path, out: Path, wanted: Wanted, *, overwrite: bool = False) -> Path:
    """Write a cohort's packed copy, in full or not at all, and return its folder.

    Raises:
        FileFormatError: A subject that cannot be packed without a change, or is packed already.
        OutputExistsError: The folder exists and ``overwrite`` is False.
    """
    subjects = cohort_subjects(data)
    if any(subject.packed for subject in subjects):
        raise FileFormatError(f"{data} is packed already; pack the scans themselves")
    with atomic_folder(out, marker=PACKED, overwrite=overwrite) as folder:
        for subject in subjects:
            _pack_subject(subject, data, folder, wanted)
            typer.echo(f"packed {subject.name}", err=True)
        _finish(subjects, data, folder, wanted)
    return out


def _finish(subjects: Sequence[Subject], data: Path, folder: Path, wanted: Wanted) -> None:
    content = {
        "every": wanted.every,
        "shifts_mm": wanted.shifts,
        "subjects": {subject.name: subject.identity for subject in subjects},
    }
    (folder / PACKED).write_text(json.dumps(content, indent=1), encoding="utf-8")
    description = data / "dataset_description.json"
    if description.is_file():
        shutil.copy(description, folder / description.name)


def _pack_subject(subject: Subject, data: Path, folder: Path, wanted: Wanted) -> None:
    """Write both scans, read them again and see that nothing shown has changed."""
    case = subject.case
    assert case is not None  # a cohort's subjects have files
    assert case.guide is not None  # and guides
    copies = [folder / path.relative_to(data) for path in (case.target, case.guide)]
    copies[0].parent.mkdir(parents=True, exist_ok=True)
    for path, copy in zip((case.target, case.guide), copies, strict=True):
        if wanted.whole_guide and path == case.guide:
            shutil.copy(path, copy)
        else:
            write(_emptied(read(path), wanted), copy)
        _squeeze(copy)
    held = Packed(subject.identity, wanted.every, wanted.shifts)
    packed = Subject(subject.name, Case(case.name, copies[0], copies[1]), packed=held)
    if not _same(subject, packed, wanted):
        raise FileFormatError(
            f"{subject.name} would not show the same when packed: its numbers need more bits than "
            "are written; copy the scans themselves"
        )


def _squeeze(path: Path) -> None:
    """Compress a file as well as gzip can."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 9, mtime=0))


def _emptied(scan: Volume, wanted: Wanted) -> Volume:
    """Return the scan with 0 in all but some axial slices, its voxels in the order of the file."""
    way, canonical = scan.grid.axis_order(), scan.canonical()
    kept = wanted.slices(canonical.grid.shape[2])
    data = np.zeros_like(canonical.data)
    data[:, :, kept] = canonical.data[:, :, kept]
    return scan.with_data(np.ascontiguousarray(canonical.with_data(data).restored(*way).data))


def _same(one: Subject, other: Subject, wanted: Wanted) -> bool:
    """Tell whether two subjects show the same, to the last bit."""
    pairs = [(shown(one, n), shown(other, n)) for n in wanted.every]
    if wanted.whole_guide:
        pairs.append((volumes(one)[0], volumes(other)[0]))
    else:
        pairs += [(shown_guide(one, n, 0.0), shown_guide(other, n, 0.0)) for n in wanted.every]
    return all(
        np.array_equal(a.data, b.data) and np.array_equal(a.grid.affine, b.grid.affine)
        for a, b in pairs
    )


def main(
    data: Annotated[Path, typer.Option(help="BIDS folder of co-registered T2w and T1w.")],
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    budget_name: Annotated[str, typer.Option("--budget")] = "cpu",
    only: Annotated[
        list[str] | None, typer.Option(help="A table; again for another. All by default.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
) -> None:
    """Pack what a budget shows of a cohort."""
    try:
        check_output(out, overwrite, marker=PACKED)
        wanted = wanted_by(budget(budget_name), only or list(TABLES))
        pack(data, out, wanted, overwrite=overwrite)
    except CrossresError as error:
        raise typer.BadParameter(str(error)) from error
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    typer.echo(f"packed {data} into {out}, {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    typer.run(main)
