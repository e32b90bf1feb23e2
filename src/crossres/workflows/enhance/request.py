"""What is asked of enhancing, and which weights that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crossres.io import Input
from crossres.physics import BackProjection
from crossres.weights import WeightCard

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
