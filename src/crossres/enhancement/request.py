"""What is asked of enhancing, and which weights that means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crossres.io import Input
from crossres.physics import BackProjection
from crossres.types import WeightsError
from crossres.weights import WeightCard, read_card, shipped_names

_NEARER_TO_FOUR = 2.6
_NEARER_TO_FIVE = 3.7
_NOT_SETTINGS = ("target", "guide", "series", "guide_series", "weights")
_CONTRASTS = ("T1w", "T2w", "FLAIR", "PDw", "T2starw", "inplaneT1", "inplaneT2", "UNIT1")
"""Suffixes by which BIDS tells contrasts apart."""


@dataclass(frozen=True)
class Request:
    """What is to be done.

    Args:
        target: File or DICOM folder of the contrast to sharpen.
        guide: File or DICOM folder of the guide, or None.
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm.
        weights: Name or file, or two of them with a comma, for the plane and across; None chooses
            shipped ones.
        register: Whether to align the guide.
        batch: Slices at a time; None for what suits the device.
        device: Where the networks run.
        seed: Of the registration.
        back_projection: Instead of the one on the weights' card; None keeps that.
        contrasts: What target and guide show, as BIDS writes it; None where nobody said.
        ensemble: Take the mean over eight positions of each slice.
        evidence: Tell how sure the networks are and what the guide did; takes nine times as long.
        keep_guide: Use the guide even where the scan is restored better without it.
        series: Which series of the target's folder, if it is one.
        guide_series: Which series of the guide's folder, if it is one.
    """

    target: Path
    guide: Path | None
    factor: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    weights: str | None
    register: bool
    batch: int | None
    device: str
    seed: int
    back_projection: BackProjection | None = None
    contrasts: tuple[str, str | None] | None = None
    ensemble: bool = False
    keep_guide: bool = False
    evidence: bool = False
    series: str | None = None
    guide_series: str | None = None


def applied_settings(request: Request, card: WeightCard) -> dict[str, Any]:
    """Return the settings of a request as they act: with what the weights' card fills in."""
    settings = asdict(request)
    settings = {k: v for k, v in settings.items() if k not in _NOT_SETTINGS}
    return {**settings, "back_projection": settings["back_projection"] or card.back_projection}


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


def contrast_notes(
    card: WeightCard, contrasts: tuple[str, str | None] | None, inputs: Mapping[str, Input]
) -> list[str]:
    """Warn of other contrasts than the weights were made for, as far as anyone or a name says."""
    if contrasts is not None:
        return card.contrast_warnings(*contrasts)
    wanted = {"target": card.target, "guide": card.guide}
    named = [
        (found.name, found.name.split(".")[0].rpartition("_")[2], role, wanted[role])
        for role, found in inputs.items()
    ]
    return [
        f"{name} is named a {suffix}, but the weights want a {contrast} as their {role}"
        for name, suffix, role, contrast in named
        if suffix in _CONTRASTS and suffix != contrast
    ]
