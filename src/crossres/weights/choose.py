"""Which weights serve a scan: the shipped ones by factor, or those that the user named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crossres.files import sha256
from crossres.inference import Candidate, EnhanceSettings, PassCandidates
from crossres.types import WeightsError
from crossres.volume import Grid, pass_grids
from crossres.weights.card import WeightCard
from crossres.weights.store import load_weights, read_card, shipped_names, weights_path

_NEARER_TO_FOUR = 2.6
_NEARER_TO_FIVE = 3.7

Notes: TypeAlias = Callable[[WeightCard], Sequence[str]]
"""Returns the warnings that a card gives rise to, one sentence each."""


def _no_notes(card: WeightCard) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Named:
    """Weights for one pass.

    Args:
        weights: Name of shipped weights, or a file.
        by_user: Whether the user named them; False for the default.
    """

    weights: str
    by_user: bool


def default_weights(factors: Sequence[float], *, guided: bool) -> str:
    """Return the name of the shipped weights for factors per axis.

    Where one axis gets finer they are the through-plane weights.

    Args:
        factors: Fine voxels per voxel along i, j, k; at most two above 1.
        guided: Whether there is a guide.

    Returns:
        The name.

    Raises:
        WeightsError: None are shipped for this kind of scan.

    Example:
        >>> default_weights((4.0, 4.0, 1.0), guided=True)
        't1-t2-axial-x4'
    """
    factor, across = max(factors), sum(f > 1 for f in factors) == 1
    if across:
        kind = "through-plane-x5" if factor > _NEARER_TO_FIVE else "through-plane-x3"
    else:
        kind = "axial-x4" if factor > _NEARER_TO_FOUR else "axial-x2"
    name = f"{'t1-' if guided else ''}t2-{kind}"
    if name not in shipped_names():
        remedy = "name `weights` of your own" if guided else "add a `guide`"
        raise WeightsError(f"no weights {name!r} in the package; {remedy}, or train some")
    return name


def split_weights(text: str) -> tuple[str, ...]:
    """Return the names or files in a text, which are separated by commas.

    Args:
        text: One name, one file, or several with commas.

    Returns:
        The names.

    Example:
        >>> split_weights("t1-t2-axial-x4, t1-t2-through-plane-x5")
        ('t1-t2-axial-x4', 't1-t2-through-plane-x5')
    """
    whole = text in shipped_names() or Path(text).is_file()
    return (text,) if whole else tuple(name.strip() for name in text.split(","))


def weights_for(
    given: Sequence[str], factors: Sequence[Sequence[float]], *, guided: Sequence[bool]
) -> list[Named]:
    """Return the weights of each pass.

    Args:
        given: Names or files that the user gave: none, one, or one for each pass. One for two
            passes serves the pass that its card is for, by the number of coarse axes.
        factors: Fine voxels per voxel along i, j, k, of each pass.
        guided: Whether there is a guide, in each pass.

    Returns:
        One for each pass.

    Raises:
        WeightsError: Unknown ones, too many, or none in the package for the rest.
    """
    if len(given) > len(factors):
        passes = f"{len(factors)} pass{'es' * (len(factors) > 1)}"
        raise WeightsError(
            f"{len(given)} sets of weights for {passes}; give one, or two where all three axes get "
            "finer"
        )
    if len(given) == len(factors):
        return [Named(name, by_user=True) for name in given]
    own = {0 if read_card(name).axes == 2 else 1: name for name in given}
    return [
        Named(own[n], by_user=True) if n in own else Named(default_weights(f, guided=g), False)
        for n, (f, g) in enumerate(zip(factors, guided, strict=True))
    ]


def unguided_of(weights: str) -> str | None:
    """Return the name of the shipped weights of the same kind without a guide, if there are any.

    Args:
        weights: Name of guided weights, or a file.

    Returns:
        The name, or None.

    Example:
        >>> unguided_of("t1-t2-axial-x4")
        't2-axial-x4'
    """
    name = weights.removeprefix("t1-")
    return name if name != weights and name in shipped_names() else None


def check_guide(card: WeightCard, *, guided: bool) -> None:
    """Refuse guided weights without a guide, and a guide that would be ignored.

    Args:
        card: Of the weights.
        guided: Whether there is a guide.

    Raises:
        WeightsError: They do not go together.
    """
    if card.guide is None and guided:
        raise WeightsError(
            f"weights {card.name!r} use no guide; leave `guide` out, or choose others"
        )
    if card.guide is not None and not guided:
        raise WeightsError(f"weights {card.name!r} need a {card.guide} guide; add a `guide`")


@dataclass(frozen=True, eq=False)
class WeightsCandidate(Candidate):
    """A candidate that was loaded from weights.

    Args:
        weights: Name of shipped weights, or a file.
        card: Their card.
        sha256: Checksum of the file that was loaded.
    """

    weights: str = ""
    card: WeightCard | None = None
    sha256: str = ""


def load_candidate(weights: str, notes: Notes = _no_notes) -> WeightsCandidate:
    """Load weights as a candidate for a pass.

    Args:
        weights: Name of shipped weights, or a file.
        notes: Further warnings that the card gives rise to.

    Returns:
        The candidate; it is called as its card.

    Raises:
        WeightsError: Unknown, damaged, or replaced while it was read.
        FileFormatError: It cannot be read.
    """
    path = weights_path(weights)
    checksum = sha256(path)
    card, cascade = read_card(weights), load_weights(weights)
    if not path.is_file() or sha256(path) != checksum:
        raise WeightsError(f"{path} was changed while it was read; run the command again")
    more = tuple(notes(card))
    return WeightsCandidate(card.name, cascade, card.warnings_for, more, weights, card, checksum)


def _check_networks(candidates: Sequence[Candidate], *, guided: bool) -> None:
    """Refuse guided networks without a guide, and a guide that would be ignored."""
    for one in candidates:
        if one.cascade.guided != guided:
            need = "use no guide" if guided else "need a guide"
            raise WeightsError(f"the networks of {one.name!r} {need}; change `guide`, or them")


def candidates_for(
    given: Sequence[str | Candidate],
    grids: tuple[Grid, Grid],
    *,
    guided: bool,
    settings: EnhanceSettings,
    notes: Notes = _no_notes,
) -> list[PassCandidates]:
    """Return the candidates for each pass from one grid to another.

    Args:
        given: Names, files or candidates that the user gave; none for the shipped ones.
        grids: Grid of the target, and the fine grid.
        guided: Whether there is a guide.
        settings: Unguided weights are loaded only where they may be used.
        notes: Further warnings that a card gives rise to.

    Returns:
        One for each pass.

    Raises:
        WeightsError: Unknown weights, too many, or some that do not go with (or without) a guide.
    """
    coarse, fine = grids
    steps = pass_grids(coarse, fine)
    candidates = [one for one in given if isinstance(one, Candidate)]
    if candidates:
        if not len(candidates) == len(given) == len(steps):
            count = f"{len(steps)} passes need as many candidates, and no names"
            raise WeightsError(f"{count}; got {len(given)}")
        _check_networks(candidates, guided=guided)
        return [PassCandidates(one, compare=False) for one in candidates]
    starts = [coarse, *steps[:-1]]
    factors = [start.factors_to(grid) for start, grid in zip(starts, steps, strict=True)]
    names = [one for one in given if not isinstance(one, Candidate)]
    chosen = weights_for(names, factors, guided=[guided] * len(factors))
    for each in chosen:
        check_guide(read_card(each.weights), guided=guided)
    return [_pass_candidates(each, guided, settings, notes) for each in chosen]


def _pass_candidates(
    chosen: Named, guided: bool, settings: EnhanceSettings, notes: Notes
) -> PassCandidates:
    unguided = unguided_of(chosen.weights) if guided else None
    compare = not (chosen.by_user or settings.keep_guide)
    needed = unguided is not None and (compare or settings.evidence)
    return PassCandidates(
        load_candidate(chosen.weights, notes),
        load_candidate(unguided, notes) if unguided is not None and needed else None,
        compare,
    )
