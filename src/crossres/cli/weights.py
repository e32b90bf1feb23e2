"""crossres weights: the shipped weights and their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.options import examples

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="List weights, or show a card.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog=examples("crossres weights list", "crossres weights show t1-t2-axial-x4"),
)


@app.command("list", epilog=examples("crossres weights list"))
def list_() -> None:
    """List the weights in the package."""
    from crossres.cli.tables import columns
    from crossres.weights import read_card, shipped_names
    from crossres.weights.store import weights_path

    rows = []
    for name in shipped_names():
        card = read_card(name)
        size = f"{weights_path(name).stat().st_size / 1e6:.1f} MB"
        spans = _span(card.factors), _span(card.spacing_mm)
        rows.append([name, card.target, card.guide or "none", card.plane, *spans, size])
    names = ("name", "target", "guide", "plane", "factors", "spacing, mm", "size")
    columns("Weights in the package", names, rows)


def _span(values: tuple[float, float]) -> str:
    return f"{values[0]:.3g}" if values[0] == values[1] else f"{values[0]:.3g} to {values[1]:.3g}"


@app.command(
    "show",
    epilog=examples("crossres weights show t1-t2-axial-x4", "crossres weights show my.safetensors"),
)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Shipped weights, or a file.")],
) -> None:
    """Show the card of weights: intended use, training data, method and scores."""
    from crossres.cli.tables import facts
    from crossres.weights import read_card

    card = read_card(name)
    facts(card.name, {k.replace("_", " "): _text(v) for k, v in card.model_dump().items()})


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}: {item}" for name, item in value.items()) or "none"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], float):
        return _span((value[0], value[1]))
    if isinstance(value, tuple):
        return "\n".join(str(item) for item in value)
    return "none" if value is None else str(value)
