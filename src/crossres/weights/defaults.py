"""The shipped weights by default: by factors, and by the contrasts of the scans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from crossres.types import WeightsError
from crossres.weights.card import ANY, WeightCard, contrasts_text
from crossres.weights.index import shipped_names, shipped_path, split_version

_NEARER_TO_FOUR = 2.6
_NEARER_TO_FIVE = 3.7

KnownContrasts: TypeAlias = tuple[str | None, str | None]
"""Contrast of target and guide as BIDS writes them; None where it is not known, or no guide."""
UNKNOWN: KnownContrasts = (None, None)


def default_weights(
    factors: Sequence[float], *, guided: bool, target: str | None = None, guide: str | None = None
) -> str:
    """Return the name of the shipped weights for factors per axis.

    Weights for the contrasts of the scans are preferred to those for any contrast, and these to
    those for T2w guided by T1w. Where one axis gets finer they are the through-plane weights.

    Args:
        factors: Fine voxels per voxel along i, j, k; at most two above 1.
        guided: Whether there is a guide.
        target: Contrast of the target as BIDS writes it ("T2w"), or None if it is not known.
        guide: Contrast of the guide, or None if it is not known.

    Returns:
        The name.

    Raises:
        WeightsError: None are shipped for this kind of scan.

    Example:
        >>> default_weights((4.0, 4.0, 1.0), guided=True, target="T2w", guide="T1w")
        't1-t2-axial-x4'
    """
    kind, shipped = _kind(factors), shipped_names()
    names = [f"{contrasts}-{kind}" for contrasts in _preferred(guided, target, guide)]
    found = next((name for name in names if name in shipped), None)
    if found is None:
        remedy = "name `weights` of your own" if guided else "add a `guide`"
        raise WeightsError(f"no weights {names[-1]!r} in the package; {remedy}, or train some")
    return found


def _kind(factors: Sequence[float]) -> str:
    factor, across = max(factors), sum(f > 1 for f in factors) == 1
    if across:
        return "through-plane-x5" if factor > _NEARER_TO_FIVE else "through-plane-x3"
    return "axial-x4" if factor > _NEARER_TO_FOUR else "axial-x2"


def _preferred(guided: bool, target: str | None, guide: str | None) -> Iterator[str]:
    """Yield the first words of the names of weights, the best ones first."""
    if target is not None and not guided:
        yield _word(target)
    if target is not None and guide is not None and guided:
        yield f"{_word(guide)}-{_word(target)}"
    yield "guided-any" if guided else ANY
    yield "t1-t2" if guided else "t2"


def _word(contrast: str) -> str:
    return contrast.lower().removesuffix("w")


def unguided_of(weights: str) -> str | None:
    """Return the name of the shipped weights of the same kind without a guide, if there are any.

    Args:
        weights: Name of guided weights, with or without a version, or a file.

    Returns:
        The name, or None.

    Example:
        >>> unguided_of("t1-t2-axial-x4")
        't2-axial-x4'
    """
    name = split_version(weights)[0].partition("-")[2]
    return name if shipped_path(weights) and name in shipped_names() else None


def reason_for(card: WeightCard, *, guided: bool, contrasts: KnownContrasts = UNKNOWN) -> str:
    """Return why these weights are the default for scans of some contrasts.

    Args:
        card: Of the weights.
        guided: Whether there is a guide.
        contrasts: Contrasts of target and guide.

    Returns:
        A phrase, such as "made for any contrast; there are none for FLAIR guided by T1w".

    Example:
        >>> from crossres.weights import read_card
        >>> reason_for(read_card("t2-axial-x2"), guided=False, contrasts=("T2w", None))
        'made for T2w without a guide'
    """
    target, guide = contrasts
    made = f"made for {contrasts_text(card.target, card.guide)}"
    if target is None or (guided and guide is None):
        return f"{made}; the contrast of the scans is not known"
    if (card.target, card.guide) == (target, guide if guided else None):
        return made
    return f"{made}; there are none for {contrasts_text(target, guide if guided else None)}"
