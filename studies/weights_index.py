"""Make or check the index of the shipped weights: names, versions and checksums, from their cards.

    python -m studies.weights_index
    python -m studies.weights_index --check
    python -m studies.weights_index --release 0.2.0

Versions that are no longer shipped stay in the index with the release that had them. A version that
was released is never changed: other weights, or another card, need the next version.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from crossres.files import sha256
from crossres.files.json_file import json_text
from crossres.types import WeightsError
from crossres.weights import read_card, read_index
from crossres.weights.index import INDEX, IndexEntry, shipped_folder

SHIPPED = shipped_folder()


def next_version(name: str) -> int:
    """Return the version of weights that are made now: a new one where the last was released."""
    versions = [entry for entry in read_index() if entry.name == name]
    if not versions:
        return 1
    return versions[-1].version + (versions[-1].release is not None)


def updated(index: Iterable[IndexEntry], folder: Path, release: str | None) -> list[IndexEntry]:
    """Return an index with the weights of a folder.

    Args:
        index: The entries so far.
        folder: Folder of the weights.
        release: Release that is made now: it has all weights that had none.

    Returns:
        The released entries, and those of the folder; sorted by name and version.

    Raises:
        WeightsError: A released version was changed, or is older than one in the index.
    """
    released = {(e.name, e.version): e for e in index if e.release is not None}
    found = {(e.name, e.version): e for e in map(_entry, sorted(folder.glob("*.safetensors")))}
    for (name, version), entry in found.items():
        newest = max((v for n, v in released if n == name), default=0)
        before = released.get((name, version), entry)
        if version < newest or before.sha256 != entry.sha256:
            raise WeightsError(
                f"{name} differs from its released version; put version {newest + 1} on its card"
            )
    new = {key: entry.model_copy(update={"release": release}) for key, entry in found.items()}
    return [entry for _, entry in sorted((new | released).items())]


def _entry(file: Path) -> IndexEntry:
    """Return the entry of weights, from the card in their file."""
    card = read_card(file)
    named = {name: getattr(card, name) for name in IndexEntry.model_fields if hasattr(card, name)}
    return IndexEntry(**named, release=None, sha256=sha256(file))


def main(
    folder: Annotated[Path, typer.Option(help="Folder of the weights.")] = SHIPPED,
    check: Annotated[bool, typer.Option("--check", help="Write nothing.")] = False,
    release: Annotated[
        str | None, typer.Option(help="Release that is made now, for weights without one.")
    ] = None,
) -> None:
    """Write the index, or exit with 1 where it does not describe the weights."""
    path = folder / INDEX
    entries = updated(read_index(folder), folder, release)
    if not check:
        path.write_text(json_text([entry.model_dump() for entry in entries]), encoding="utf-8")
    elif entries != read_index(folder):
        typer.echo(f"{path} does not describe the weights beside it; make it anew", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
