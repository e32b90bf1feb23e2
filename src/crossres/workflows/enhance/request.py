"""The request to enhance one scan or several, and how it is recorded in the sidecar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from crossres.inference import EnhanceSettings
from crossres.io import Input
from crossres.physics import BackProjection
from crossres.registration import RigidTransform
from crossres.types import SettingsError
from crossres.weights import WeightCard
from crossres.weights.card import ANY
from crossres.weights.defaults import KnownContrasts

_PARTS = ("iterations",)  # of the back-projection, which is recorded as a whole
_CONTRASTS = ("T1w", "T2w", "FLAIR", "PDw", "T2starw", "inplaneT1", "inplaneT2", "UNIT1")
"""Suffixes that name the contrast in BIDS."""
_NAMES = {name.lower(): name for name in _CONTRASTS} | {"t1": "T1w", "t2": "T2w", "pd": "PDw"}
"""Words of file names and series descriptions, and the contrast as BIDS writes it."""
_PROTOCOLS = {"mprage": "T1w", "bravo": "T1w", "spgr": "T1w", "darkfluid": "FLAIR"}
"""Names of sequences that stand for a contrast."""
_NO_IMAGE = {"map", "maps", "mapping", "star"}
"""Words that make a map of a contrast, or another contrast."""


@dataclass(frozen=True)
class Request:
    """One scan to enhance.

    Args:
        target: File or DICOM folder of the contrast to enhance.
        guide: File or DICOM folder of the guide, or None.
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm.
        weights: Names or files, one for each pass; empty for the shipped ones.
        contrasts: Contrast of target and guide, as BIDS writes them; None where it is not known.
        others: Further scans of the target's contrast, which are joined with it.
        series: Series of the target's folder, if it is one.
        other_series: Series of the folders among the further scans, one for each, or none at all.
        guide_series: Series of the guide's folder, if it is one.
        settings: How.
        transform: The motion from the target's world to the guide's where it is known, instead of
            a registration.
    """

    target: Path
    guide: Path | None = None
    factor: tuple[float, ...] | None = None
    spacing: tuple[float, ...] | None = None
    weights: tuple[str, ...] = ()
    contrasts: tuple[str, str | None] | None = None
    others: tuple[Path, ...] = ()
    series: str | None = None
    other_series: tuple[str | None, ...] = ()
    guide_series: str | None = None
    settings: EnhanceSettings = field(default_factory=EnhanceSettings)
    transform: RigidTransform | None = None

    @property
    def further(self) -> list[tuple[Path, str | None]]:
        """The further scans, each with the series of its folder.

        Raises:
            SettingsError: Another number of series than of scans.
        """
        series = self.other_series or (None,) * len(self.others)
        if len(series) != len(self.others):
            raise SettingsError(
                f"`other_series` holds {len(series)} names for {len(self.others)} further scans; "
                "give one for each, None for a file, or none at all"
            )
        return list(zip(self.others, series, strict=True))

    def recorded(self, card_projection: BackProjection) -> dict[str, object]:
        """Return the settings of the sidecar, which decide the result.

        Args:
            card_projection: The back-projection on the card of the first weights.

        Returns:
            Values by name; the back-projection is the one that is applied.
        """
        settings = self.settings
        named = {f.name: getattr(settings, f.name) for f in fields(settings)}
        own = {name: value for name, value in named.items() if name not in _PARTS}
        projection = asdict(settings.projection or card_projection)
        grid = {"factor": self.factor, "spacing": self.spacing, "contrasts": self.contrasts}
        return {**grid, **own, "back_projection": projection}


def deciding_settings() -> list[str]:
    """Return the names of the recorded settings on which the result depends.

    Returns:
        All but those that decide how it is computed, such as the device.
    """
    own = [f.name for f in fields(EnhanceSettings) if not f.metadata["computing"]]
    return ["factor", "spacing", "contrasts", *(name for name in own if name not in _PARTS)]


def known_contrasts(
    contrasts: tuple[str, str | None] | None, names: Mapping[str, str]
) -> KnownContrasts:
    """Return the contrasts of target and guide, as far as they are known.

    Args:
        contrasts: Contrast of target and guide where they are given; else the names decide.
        names: Names of the files or series by role.

    Returns:
        Contrast of target and guide, None where it is not known.

    Example:
        >>> known_contrasts(None, {"target": "sub-01_FLAIR.nii.gz", "guide": "t1.nii.gz"})
        ('FLAIR', 'T1w')
    """
    if contrasts is not None:
        return contrasts
    found = {role: _contrast(name) for role, name in names.items()}
    return found.get("target"), found.get("guide")


def _contrast(name: str) -> str | None:
    """Return the contrast that a file or series is named after, or None.

    The last word decides, as in BIDS; else the only contrast among all words.
    """
    if last := _NAMES.get(name.split(".")[0].rpartition("_")[2].lower()):
        return last
    words = set(re.findall(r"[a-z0-9*]+", name.lower().replace("dark-fluid", "darkfluid")))
    known = _NAMES | _PROTOCOLS
    found = {known[word] for word in words if word in known}
    if found == {"T2w", "FLAIR"}:
        return "FLAIR"
    return found.pop() if len(found) == 1 and not words & _NO_IMAGE else None


def contrast_notes(
    card: WeightCard, contrasts: tuple[str, str | None] | None, inputs: Mapping[str, Input]
) -> list[str]:
    """Return warnings of contrasts that the weights were not trained for.

    Args:
        card: Of the weights.
        contrasts: Contrast of target and guide where they are known; else file names decide.
        inputs: The scans by role.

    Returns:
        One sentence each.
    """
    if contrasts is not None:
        return card.contrast_warnings(*contrasts)
    expected = {"target": card.target, "guide": card.guide}
    named = [(found.name, _contrast(found.name), role) for role, found in inputs.items()]
    return [
        f"{name} is named a {suffix}, but the weights expect a {expected[role]} as their {role}"
        for name, suffix, role in named
        if suffix is not None and expected[role] not in (suffix, ANY)
    ]
