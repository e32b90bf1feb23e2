"""With the guide or without, or both: the decision by self-validation on the scan."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch

from crossres.inference.blend import Blend
from crossres.inference.cascade import Cascade
from crossres.inference.degraded_scan import GuideBlur, guide_blur_of
from crossres.inference.guide_intensity import fitted_to_guide
from crossres.inference.self_validation import self_validate
from crossres.registration import Aligned
from crossres.types import CrossresError, Precision
from crossres.volume import Pair

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Candidate:
    """Trained networks under a name, which may serve a pass.

    Args:
        name: What the result is to call them.
        cascade: The networks.
        limits: Returns one sentence for each respect in which a pair lies outside their training.
        notes: Warnings that hold for any pair, one sentence each.

    Example:
        >>> from crossres.weights import load_weights
        >>> Candidate("mine", load_weights("t2-axial-x2")).cascade.guided
        False
    """

    name: str
    cascade: Cascade
    limits: Callable[[Pair], Sequence[str]] = field(default=lambda pair: ())
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PassCandidates:
    """The candidates for one pass.

    Args:
        first: The networks to use, guided where there is a guide.
        unguided: Unguided ones of the same kind, or None.
        compare: Whether self-validation decides between the two; False where the user named the
            first ones.
    """

    first: Candidate
    unguided: Candidate | None = None
    compare: bool = True

    def with_precision(self, precision: Precision) -> PassCandidates:
        """Return candidates whose networks compute in these numbers.

        Args:
            precision: "float32" or "bfloat16".

        Returns:
            A copy.
        """
        first, unguided = self.first, self.unguided
        first = replace(first, cascade=first.cascade.with_precision(precision))
        if unguided is not None:
            unguided = replace(unguided, cascade=unguided.cascade.with_precision(precision))
        return replace(self, first=first, unguided=unguided)


@dataclass(frozen=True, eq=False)
class Choice:
    """The networks of a pass, and the self-validation that chose them.

    Args:
        candidate: The networks, or the guided ones of a blend.
        unguided: The unguided ones of a blend, or None.
        gains: PSNR over cubic interpolation in the self-validation, dB, by name of candidate.
        guide_blur: Blur by which the guide is less sharp than the fine grid, FWHM in fine voxels.
        warning: What the user should know, or None.
    """

    candidate: Candidate
    unguided: Candidate | None = None
    gains: dict[str, float] = field(default_factory=dict)
    guide_blur: GuideBlur = (0.0, 0.0)
    warning: str | None = None

    @property
    def names(self) -> str:
        """The names of all networks that take part."""
        both = [self.candidate] if self.unguided is None else [self.candidate, self.unguided]
        return " and ".join(candidate.name for candidate in both)

    @property
    def enhancer(self) -> Cascade | Blend:
        """The cascade, or the blend of both."""
        if self.unguided is None:
            return self.candidate.cascade
        return Blend(self.candidate.cascade, self.unguided.cascade, self.guide_blur)


def choose(
    guided: Candidate, unguided: Candidate, aligned: Aligned, *, device: torch.device | str = "cpu"
) -> Choice:
    """Leave the guide out where the scan is restored better without it; else blend both.

    Both candidates restore the scan from a version degraded by one stage
    (:func:`crossres.inference.self_validate`), the guided ones with the intensities of the guide
    that suit them (:func:`crossres.inference.guide_intensity.fitted_to_guide`). A guide that is
    misaligned or belongs to another subject does harm there too. Where the guide helps on the
    whole, both are averaged voxel by voxel (:class:`crossres.Blend`), if they enhance within the
    plane.

    Args:
        guided: Networks that use the guide.
        unguided: Networks that do not.
        aligned: Target, fine grid and guide.
        device: Where to compute.

    Returns:
        The choice; of a scan too small for self-validation the guided networks.
    """
    pair, detail = aligned.pair, aligned.detail
    try:
        fitted, found = fitted_to_guide(guided.cascade, pair, detail=detail, device=device)
        without = self_validate(unguided.cascade, pair, detail=detail, device=device)
    except CrossresError:  # the scan is too small to be degraded further
        return Choice(guided)
    gains = {guided.name: found.gain, unguided.name: without.gain}
    text = ", ".join(f"{name} {gain:+.2f} dB" for name, gain in gains.items())
    _LOGGER.info("self-validation, gain over cubic interpolation: %s", text)
    if gains[guided.name] < gains[unguided.name]:
        return Choice(unguided, gains=gains, warning=_left_out(gains, guided, unguided))
    in_plane = guided.cascade.axes == 2
    blur = guide_blur_of(pair, detail)
    if fitted is not guided.cascade:
        guided = replace(guided, cascade=fitted)
    return Choice(guided, unguided if in_plane else None, gains, blur)


def _left_out(gains: dict[str, float], guided: Candidate, unguided: Candidate) -> str:
    """Return the warning about a guide that was left out."""
    return (
        "the guide does not fit: in the self-validation on the degraded scan the gain was "
        f"{gains[guided.name]:+.2f} dB with it and {gains[unguided.name]:+.2f} dB without; it was "
        "left out (`keep_guide` uses it all the same)"
    )
