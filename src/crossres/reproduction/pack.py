"""Pack a cohort: only the slices that a budget uses, 0 elsewhere, for a small upload.

    python -m crossres.reproduction.pack --data DATA/cohort --out packed --budget cpu
    crossres reproduce table2 --data packed --budget cpu

The packed folder serves as ``--data`` and gives the same scores under the same addresses. A
subject is packed only if the slices used stay equal to the last bit, and it keeps its identity.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from crossres.files import atomic_folder, check_output, write_json
from crossres.io import Case, read, write
from crossres.reproduction.budgets import Budget, budget
from crossres.reproduction.methods import TABLES, table
from crossres.reproduction.protocol import centre, guide_slices, reference_slices
from crossres.reproduction.subjects import PACKED, Packed, Subject, cohort_subjects, volumes
from crossres.types import CrossresError, FileFormatError, SettingsError
from crossres.volume import Volume


@dataclass(frozen=True)
class Selection:
    """What is used of a subject.

    Args:
        every: Steps between slices.
        shifts: Registration errors of the guide, mm; 0 among them.
    """

    every: tuple[int, ...]
    shifts: tuple[float, ...]

    def slices(self, count: int) -> list[int]:
        """Return the axial slices of the reference that are used.

        Args:
            count: Number of slices of the reference.

        Returns:
            Their indices, sorted.
        """
        return sorted({k for n in self.every for k in range(centre(count) % n, count, n)})

    @property
    def whole_guide(self) -> bool:
        """Whether the guide moves: its splines then use all of it, background included."""
        return max(self.shifts) > 0


def selection_of(chosen: Budget, names: Sequence[str]) -> Selection:
    """Return what tables use of a subject within a budget.

    Args:
        chosen: The budget.
        names: Names of the tables.

    Returns:
        Steps between slices, and registration errors.

    Raises:
        SettingsError: No such table, or a budget that uses every slice.
    """
    every = tuple(sorted({chosen.every, chosen.score_every}))
    if 1 in every or chosen.phantoms:
        raise SettingsError(
            f"budget {chosen.name!r} uses every slice, so nothing can be left out; "
            "copy the scans themselves"
        )
    methods = [row.method for name in names for row in table(name).rows]
    return Selection(every, tuple(sorted({0.0, *(method.shift_mm for method in methods)})))


def pack(data: Path, out: Path, selection: Selection, *, overwrite: bool = False) -> Path:
    """Write the packed copy of a cohort, in full or not at all.

    Args:
        data: BIDS folder of co-registered T2w and T1w.
        out: The folder to make.
        selection: What is used of each subject.
        overwrite: Replace a packed folder.

    Returns:
        ``out``.

    Raises:
        FileFormatError: A subject that cannot be packed without a change, or is packed already.
        OutputExistsError: The folder exists and ``overwrite`` is False.
    """
    subjects = cohort_subjects(data)
    if any(subject.packed for subject in subjects):
        raise FileFormatError(f"{data} is packed already; pack the original scans")
    with atomic_folder(out, marker=PACKED, overwrite=overwrite) as folder:
        for subject in subjects:
            _pack_subject(subject, data, folder, selection)
            typer.echo(f"packed {subject.name}", err=True)
        identities = {subject.name: subject.identity for subject in subjects}
        content = {"every": selection.every, "shifts_mm": selection.shifts, "subjects": identities}
        write_json(content, folder / PACKED)
        if (description := data / "dataset_description.json").is_file():
            shutil.copy(description, folder / description.name)
    return out


def _pack_subject(subject: Subject, data: Path, folder: Path, selection: Selection) -> None:
    """Write both scans, read them again, and verify that no slice used has changed."""
    case = subject.case
    assert case is not None  # subjects of a cohort have files
    assert case.guide is not None  # and guides
    copies = [folder / path.relative_to(data) for path in (case.target, case.guide)]
    copies[0].parent.mkdir(parents=True, exist_ok=True)
    for path, copy in zip((case.target, case.guide), copies, strict=True):
        if selection.whole_guide and path == case.guide:
            shutil.copy(path, copy)
        else:
            write(_emptied(read(path), selection), copy)
        _squeeze(copy)
    held = Packed(subject.identity, selection.every, selection.shifts)
    packed = Subject(subject.name, Case(case.name, copies[0], copies[1]), packed=held)
    if not _same(subject, packed, selection):
        raise FileFormatError(
            f"{subject.name} would change when packed: its numbers need more bits than are "
            "written; copy the scans themselves"
        )


def _squeeze(path: Path) -> None:
    """Compress a file as well as gzip can."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 9, mtime=0))


def _emptied(scan: Volume, selection: Selection) -> Volume:
    """Return the scan with 0 in all but some axial slices, its voxels in the order of the file."""
    order, canonical = scan.grid.axis_order(), scan.canonical()
    kept = selection.slices(canonical.grid.shape[2])
    data = np.zeros_like(canonical.data)
    data[:, :, kept] = canonical.data[:, :, kept]
    return scan.with_data(np.ascontiguousarray(canonical.with_data(data).restored(*order).data))


def _same(one: Subject, other: Subject, selection: Selection) -> bool:
    """Return whether the slices used of two subjects are equal, to the last bit."""
    pairs = [(reference_slices(one, n), reference_slices(other, n)) for n in selection.every]
    if selection.whole_guide:
        pairs.append((volumes(one)[0], volumes(other)[0]))
    else:
        pairs += [(guide_slices(one, n, 0.0), guide_slices(other, n, 0.0)) for n in selection.every]
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
    """Pack what a budget uses of a cohort."""
    try:
        check_output(out, overwrite, marker=PACKED)
        selection = selection_of(budget(budget_name), only or list(TABLES))
        pack(data, out, selection, overwrite=overwrite)
    except CrossresError as error:
        raise typer.BadParameter(str(error)) from error
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    typer.echo(f"packed {data} into {out}, {size / 2**20:.1f} MiB")


if __name__ == "__main__":
    typer.run(main)
