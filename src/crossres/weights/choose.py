"""Which weights serve a scan: the shipped ones by factor, or those that the user named."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from crossres.files import sha256
from crossres.inference import Candidate, EnhanceSettings, PassCandidates
from crossres.types import WeightsError
from crossres.volume import Grid, pass_grids
from crossres.weights.card import ANY, WeightCard
from crossres.weights.defaults import (
    UNKNOWN,
    KnownContrasts,
    default_weights,
    reason_for,
    unguided_of,
)
from crossres.weights.fitting import limits_of
from crossres.weights.index import shipped_names, weights_path
from crossres.weights.store import load_weights, read_card

_LOGGER = logging.getLogger(__name__)

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
    given: Sequence[str],
    factors: Sequence[Sequence[float]],
    *,
    guided: bool,
    contrasts: KnownContrasts = UNKNOWN,
) -> list[Named]:
    """Return the weights of each pass.

    Args:
        given: Names or files that the user gave: none, one, or one for each pass. One for two
            passes serves the pass that its card is for, by the number of coarse axes.
        factors: Fine voxels per voxel along i, j, k, of each pass.
        guided: Whether there is a guide.
        contrasts: Contrasts of target and guide, which decide on the shipped weights.

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
    target, guide = contrasts
    return [
        Named(own[n], by_user=True)
        if n in own
        else Named(default_weights(f, guided=guided, target=target, guide=guide), by_user=False)
        for n, f in enumerate(factors)
    ]


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
        kind = "guide" if card.guide == ANY else f"{card.guide} guide"
        raise WeightsError(f"weights {card.name!r} need a {kind}; add a `guide`")


@dataclass(frozen=True, eq=False)
class WeightsCandidate(Candidate):
    """A candidate that was loaded from weights.

    Args:
        weights: Name of shipped weights, or a file.
        card: Their card.
        sha256: Checksum of the file that was loaded.
        reason: Why these weights and no others, in a phrase.
    """

    weights: str = ""
    card: WeightCard | None = None
    sha256: str = ""
    reason: str = ""


def load_candidate(weights: str, notes: Notes = _no_notes, *, reason: str = "") -> WeightsCandidate:
    """Load weights as a candidate for a pass.

    Args:
        weights: Name of shipped weights, or a file.
        notes: Further warnings that the card gives rise to.
        reason: Why these weights and no others, in a phrase.

    Returns:
        The candidate; its name is that on the card, with the version.

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
    _LOGGER.info("weights %s (SHA-256 %s): %s", card.name, checksum, reason)
    return WeightsCandidate(
        card.full_name, cascade, partial(limits_of, card), more, weights, card, checksum, reason
    )


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
    contrasts: KnownContrasts = UNKNOWN,
    notes: Notes = _no_notes,
) -> list[PassCandidates]:
    """Return the candidates for each pass from one grid to another.

    Args:
        given: Names, files or candidates that the user gave; none for the shipped ones.
        grids: Grid of the target, and the fine grid.
        guided: Whether there is a guide.
        settings: Unguided weights are loaded only where they may be used.
        contrasts: Contrasts of target and guide, which decide on the shipped weights.
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
    chosen = weights_for(names, factors, guided=guided, contrasts=contrasts)
    found = []
    for each in chosen:
        card = read_card(each.weights)
        check_guide(card, guided=guided)
        default = reason_for(card, guided=guided, contrasts=contrasts)
        reason = "named by the user" if each.by_user else default
        found.append(_pass_candidates(each, guided, settings, notes, reason))
    return found


def _pass_candidates(
    chosen: Named, guided: bool, settings: EnhanceSettings, notes: Notes, reason: str
) -> PassCandidates:
    unguided = unguided_of(chosen.weights) if guided else None
    compare = not (chosen.by_user or settings.keep_guide)
    needed = unguided is not None and (compare or settings.guide_influence)
    first, other = load_candidate(chosen.weights, notes, reason=reason), None
    if unguided is not None and needed:
        other = load_candidate(unguided, notes, reason="of the same kind, without a guide")
    return PassCandidates(first, other, compare)
