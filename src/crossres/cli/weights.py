"""crossres weights: the shipped weights and their cards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crossres.cli.completion import complete_weights
from crossres.cli.options import Json, examples
from crossres.cli.panels import GENERAL, Group

if TYPE_CHECKING:
    from crossres.weights.index import IndexEntry

NamesOnly = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", rich_help_panel=GENERAL, help="Print name and version, and nothing else."
    ),
]


class _ListOrShow(Group):
    """The commands list and show, of which each is the default: show where there is a name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command before its arguments where it was left out."""
        named = bool(args) and not args[0].startswith("-")
        if not (args and (args[0] in self.commands or args[0] in ("-h", "--help"))):
            args = ["show" if named else "list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ListOrShow,
    help="List weights, or show a card. Without a command: the card of a name, else the list.",
    rich_markup_mode="rich",
    epilog=examples(
        "crossres weights", "crossres weights t1-t2-axial-x4", "crossres weights list --json"
    ),
)


@app.command("list", epilog=examples("crossres weights list", "crossres weights list --json"))
def list_(as_json: Json = False, quiet: NamesOnly = False) -> None:
    """List the weights in the package; as JSON also their earlier versions."""
    from crossres.cli.tables import columns, document
    from crossres.weights.index import read_index, shipped_path

    versions = [(entry, shipped_path(entry.full_name)) for entry in read_index()]
    if as_json:
        listed = [{**entry.model_dump(), "shipped": path is not None} for entry, path in versions]
        document({"weights": listed})
        return
    if quiet:
        print(*(entry.full_name for entry, path in versions if path is not None), sep="\n")
        return
    rows = [_row(entry, path) for entry, path in versions if path is not None]
    names = ("name@version", "target", "guide", "plane", "factors", "spacing, mm", "size")
    columns("Weights in the package", names, rows)


def _row(entry: IndexEntry, path: Path) -> list[str]:
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    contrasts, spans = (entry.target, entry.guide or "none"), (entry.factors, entry.spacing_mm)
    return [entry.full_name, *contrasts, entry.plane, *map(_span, spans), size]


def _span(values: tuple[float, float]) -> str:
    return f"{values[0]:.3g}" if values[0] == values[1] else f"{values[0]:.3g} to {values[1]:.3g}"


@app.command(
    "show",
    epilog=examples("crossres weights show t1-t2-axial-x4", "crossres weights show my.safetensors"),
)
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            autocompletion=complete_weights,
            help="Shipped weights, also as NAME@2, or a file.",
        ),
    ],
    as_json: Json = False,
    quiet: NamesOnly = False,
) -> None:
    """Show the card of weights: intended use, training data, method and scores."""
    from crossres.cli.tables import document, facts
    from crossres.weights import read_card

    card = read_card(name)
    if as_json:
        document(card.model_dump())
        return
    if quiet:
        print(card.full_name)
        return
    facts(card.full_name, {k.replace("_", " "): _text(v) for k, v in card.model_dump().items()})


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}: {item}" for name, item in value.items()) or "none"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], float):
        return _span((value[0], value[1]))
    if isinstance(value, tuple):
        return "\n".join(str(item) for item in value)
    return "none" if value is None else str(value)
