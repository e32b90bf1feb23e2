"""The weight card: origin of the weights, what was measured, and where they apply."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator

from crossres.inference.stages import MOST_STAGES, stages_for
from crossres.physics import BackProjection, acquire_volume
from crossres.types import Array3, Mask3, SettingsError, WeightsError
from crossres.volume import Grid, Pair, above_tenth
from crossres.weights import bounds
from crossres.weights.index import with_version

ANY = "any"
"""Contrast on the card of weights that were made for every one."""
TOLERANCE = 1.1
"""A spacing or factor this much outside the card's range is still taken for inside."""


def _in_order(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError("the least value must come first")
    return span


class WeightCard(BaseModel):
    """Origin, measurements and limits of weights; stored inside their file.

    The ranges of its numbers are those of :mod:`crossres.weights.bounds`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    # Cards of earlier versions state no version: theirs are the first ones.
    version: bounds.Version = 1
    changes: str = Field(default="", description="What changed since the version before.")
    description: str
    target: str = Field(description="Contrast to enhance, as BIDS writes it (T2w), or any.")
    guide: str | None = Field(description="Contrast of the guide, any, or None if unguided.")
    plane: Literal["axial", "coronal", "sagittal", "any"] = "axial"
    network: str = Field(description="Key in crossres.networks.NETWORKS.")
    network_settings: dict[str, bounds.NetworkSetting]
    networks: bounds.Networks = Field(
        default=1, description="1: shared by all stages; else one per stage."
    )
    stage_factor: bounds.StageFactor = Field(description="Factor of one stage.")
    # Cards of earlier versions call it "sharpening"; weights outlive the words of the code.
    deblur_noise: bounds.NoiseRatio = Field(
        validation_alias=AliasChoices("deblur_noise", "sharpening"),
        description="Noise ratio of the deblurring of training images; 0 for none.",
    )
    axes: bounds.Axes = Field(default=2, description="Axes of a slice that are coarse: 2, or 1.")
    back_projection: dict[str, str | bool | int | float] = Field(
        description="As BackProjection takes it."
    )
    factors: Annotated[tuple[bounds.Factor, bounds.Factor], AfterValidator(_in_order)] = Field(
        description="Range of factors these weights are for."
    )
    spacing_mm: Annotated[tuple[bounds.Spacing, bounds.Spacing], AfterValidator(_in_order)] = Field(
        description="Range of the spacing along the coarse axes in training, mm."
    )
    acquisition: str
    data: str
    population: str = Field(
        default="not stated", description="Whose scans the weights were trained on."
    )
    licence: str
    commands: tuple[str, ...]
    seed: bounds.Seed
    commit: str
    results: dict[str, str] = Field(description="What was measured, by which command.")

    @model_validator(mode="after")
    def _check_together(self) -> WeightCard:
        """Refuse a card with too many stages, or without a possible back-projection."""
        if self.networks == 1 and stages_for(self.factors[1], self.stage_factor) > MOST_STAGES:
            raise ValueError(
                f"stages of {self.stage_factor:.6g} make a factor of {self.factors[1]:.3g} only by "
                f"more than {MOST_STAGES}"
            )
        try:
            _ = self.projection
        except WeightsError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def full_name(self) -> str:
        """Name and version, by which results record the weights."""
        return with_version(self.name, self.version)

    @property
    def projection(self) -> BackProjection:
        """The back-projection with which the weights were trained.

        Raises:
            WeightsError: The card describes none.
        """
        described: dict[str, Any] = dict(self.back_projection)
        # Cards of earlier versions hold the number 1 for true.
        if described.get("between") in (0, 1):
            described["between"] = bool(described["between"])
        try:
            return BackProjection(**described)
        except (TypeError, SettingsError) as error:
            raise WeightsError(
                f"the card of {self.name!r} has no back-projection: {error}"
            ) from error

    def warnings_for(self, pair: Pair) -> list[str]:
        """Return the respects in which a pair lies outside the training of the weights.

        Args:
            pair: Target, guide and fine grid.

        Returns:
            One sentence each; empty when nothing is known to be outside.
        """
        found = [*self._spacing_warnings(pair.target.grid, pair.fine)]
        plane = slice_plane(pair.target.grid, pair.fine)
        if self.plane not in ("any", plane):
            these = "other" if plane == "mixed" else plane
            found.append(f"weights are for {self.plane} slices, these are {these} ones")
        same = self.guide == self.target != ANY
        if pair.guide is not None and self.guide is not None and not same:
            found.extend(_contrast_warnings(pair))
        return found

    def fits(self, coarse: Grid, fine: Grid) -> bool:
        """Return whether factors, spacing and coarse axes are those of the training.

        Args:
            coarse: Grid of the target.
            fine: Grid of the result.

        Returns:
            False where :meth:`warnings_for` would name one of them.
        """
        return not self._spacing_warnings(coarse, fine)

    def contrast_warnings(self, target: str, guide: str | None) -> list[str]:
        """Return a warning where the weights were made for other contrasts than these.

        Args:
            target: Contrast of the target, as BIDS writes it (``"FLAIR"``).
            guide: Contrast of the guide, or None without one.

        Returns:
            One sentence, or none.
        """
        if _serves(self.target, target) and _serves(self.guide, guide):
            return []
        made, given = contrasts_text(self.target, self.guide), contrasts_text(target, guide)
        return [f"weights were made for {made}, this is {given}"]

    def _spacing_warnings(self, coarse: Grid, fine: Grid) -> list[str]:
        found = []
        changed = [
            (factor, spacing)
            for factor, spacing in zip(coarse.factors_to(fine), coarse.spacing, strict=True)
            if factor > 1
        ]
        factors, spacings = [c[0] for c in changed], [c[1] for c in changed]
        if _outside(factors, self.factors):
            found.append(f"factor {max(factors):.2f} is outside the weights' {_text(self.factors)}")
        if _outside(spacings, self.spacing_mm):
            inside = _text(self.spacing_mm)
            found.append(f"spacing {max(spacings):.2f} mm is outside the weights' {inside} mm")
        if len(changed) != self.axes:
            made = ("one axis", "both axes")[self.axes - 1]
            here = "2 change" if len(changed) == 2 else f"{len(changed)} changes"
            found.append(f"weights are for slices coarse along {made}; here {here}")
        return found


def _serves(made: str | None, given: str | None) -> bool:
    return made == given or (made == ANY and given is not None)


def contrasts_text(target: str, guide: str | None) -> str:
    """Return the contrasts of a pair in words.

    Args:
        target: Contrast of the target, as BIDS writes it, or "any".
        guide: Contrast of the guide, "any", or None without one.

    Returns:
        A phrase.

    Example:
        >>> contrasts_text("T2w", "T1w"), contrasts_text("any", None)
        ('T2w guided by T1w', 'any contrast without a guide')
    """
    words = {ANY: "any contrast"}
    by = "without a guide" if guide is None else f"guided by {words.get(guide, guide)}"
    return f"{words.get(target, target)} {by}"


def _outside(values: list[float], span: tuple[float, float]) -> bool:
    return bool(values) and (max(values) > span[1] * TOLERANCE or min(values) < span[0] / TOLERANCE)


def _text(span: tuple[float, float]) -> str:
    return f"{span[0]:.3g}-{span[1]:.3g}" if span[0] != span[1] else f"{span[0]:.3g}"


def slice_plane(coarse: Grid, fine: Grid) -> str:
    """Return the plane in which a scan gets finer.

    Args:
        coarse: Grid of the target.
        fine: Grid of the estimate.

    Returns:
        "axial", "coronal", "sagittal", or "mixed" where not exactly two axes get finer.
    """
    order, _ = coarse.axis_order()
    kept = [n for n, axis in enumerate(order) if coarse.shape[axis] == fine.shape[axis]]
    return ("sagittal", "coronal", "axial")[kept[0]] if len(kept) == 1 else "mixed"


def _contrast_warnings(pair: Pair) -> list[str]:
    """Return a warning of a guide that looks like the target: T1w and T2w are not proportional."""
    assert pair.guide is not None  # the caller has looked
    # As a scan on the target's grid: single fine voxels would differ from it in their detail alone.
    seen = acquire_volume(pair.guide, pair.target.grid).data
    target = pair.target.data
    inside = _tissue(target) & _tissue(seen)
    if inside.sum() < 100:
        return []
    correlation = float(np.corrcoef(target[inside], seen[inside])[0, 1])
    if correlation < SAME_CONTRAST:
        return []
    return [
        f"guide and target look like the same contrast (correlation {correlation:.2f}); "
        "check which file is which"
    ]


def _tissue(data: Array3) -> Mask3:
    """Mark the foreground without hot voxels, which would decide on the correlation."""
    top = min(float(data.max()), _HOT * float(np.percentile(data, 99)))
    return above_tenth(data, top) & (data <= top)


SAME_CONTRAST = 0.95
"""Correlation within the foreground from which two images are taken for one contrast."""
_HOT = 3.0
