"""Which weights serve a factor, with a guide or without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossres.types import WeightsError
from crossres.weights.card import WeightCard
from crossres.weights.store import read_card, shipped_names

_NEARER_TO_FOUR = 2.6


_NEARER_TO_FIVE = 3.7


def default_weights(factors: Sequence[float], *, guided: bool) -> str:
    """Return the name of the shipped weights for factors per axis.

    Where one axis gets finer they are the ones made for that.

    Raises:
        WeightsError: None are shipped for this kind of work.
    """
    factor, across = max(factors), sum(f > 1 for f in factors) == 1
    if across:
        kind = "through-plane-x5" if factor > _NEARER_TO_FIVE else "through-plane-x3"
    else:
        kind = "axial-x4" if factor > _NEARER_TO_FOUR else "axial-x2"
    name = f"{'t1-' if guided else ''}t2-{kind}"
    if name not in shipped_names():
        remedy = "give --weights" if guided else "give a --guide"
        raise WeightsError(
            f"no weights {name!r} in the package; {remedy}, or train your own with "
            f"`crossres train{'' if guided else ' --guide none'}`"
        )
    return name


def split_weights(weights: str) -> list[str]:
    """Return the names or files in a text, which are separated by commas."""
    whole = weights in shipped_names() or Path(weights).is_file()
    return [weights] if whole else [name.strip() for name in weights.split(",")]


def weights_for(
    weights: str | None, factors: Sequence[Sequence[float]], *, guided: Sequence[bool]
) -> list[tuple[str, bool]]:
    """Return for each pass the name of its weights, and whether somebody asked for them.

    Args:
        weights: What was asked for: None, one set, or one for each pass. One set for two passes
            serves the one that it was made for, by the axes that its card says are coarse.
        factors: Of each pass, per axis.
        guided: Whether there is a guide in each pass.

    Raises:
        WeightsError: Unknown ones, too many, or none in the package for what is left.
    """
    given = [] if weights is None else split_weights(weights)
    if len(given) > len(factors):
        passes = f"{len(factors)} pass{'es' * (len(factors) > 1)}"
        raise WeightsError(
            f"{len(given)} sets of weights for {passes}; give one, or two where all three axes get "
            "finer"
        )
    if len(given) == len(factors):
        return [(name, True) for name in given]
    own = {0 if read_card(name).axes == 2 else 1: name for name in given}
    defaults = enumerate(zip(factors, guided, strict=True))
    return [
        (own[n], True) if n in own else (default_weights(f, guided=g), False)
        for n, (f, g) in defaults
    ]


def unguided_of(weights: str) -> str | None:
    """Return the name of the shipped weights of the same kind without a guide, if there are any."""
    name = weights.removeprefix("t1-")
    return name if name != weights and name in shipped_names() else None


def check_guide(card: WeightCard, *, guided: bool) -> None:
    """Refuse weights that want a guide where there is none, and a guide that would be ignored.

    Raises:
        WeightsError: They do not go together.
    """
    if card.guide is None and guided:
        raise WeightsError(
            f"weights {card.name!r} use no guide; leave --guide out, or choose others"
        )
    if card.guide is not None and not guided:
        raise WeightsError(f"weights {card.name!r} need a {card.guide} guide; give --guide")
