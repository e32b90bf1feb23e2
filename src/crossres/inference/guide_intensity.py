"""The intensities of the guide: brightened where that restores the scan better one scale below."""

from __future__ import annotations

import torch

from crossres.inference.cascade import Cascade
from crossres.inference.self_validation import SelfValidation, self_validate
from crossres.types import Triple
from crossres.volume import Pair

POWERS = (0.7, 0.5)
"""Powers that are tried in turn, judged by ``studies.guide_powers``. None is above 1: one scale
below, scans prefer a guide of more contrast than on the fine grid (``studies/HISTORY.md``)."""
LEAST_GAIN = 0.1
"""By how much a power must improve the self-validation in the eroded foreground, dB."""


def fitted_to_guide(
    cascade: Cascade,
    pair: Pair,
    *,
    detail: Triple | None = None,
    device: torch.device | str = "cpu",
) -> tuple[Cascade, SelfValidation]:
    """Raise the intensities of the guide to the power that restores the scan best.

    Contrasts differ between scanners, and networks are trained on those of a few. A guide whose
    dark tissue is darker than in the training fits better after a power below 1. Each one is tried
    only where the last one helped.

    Args:
        cascade: A guided one.
        pair: Target, fine grid and guide.
        detail: As :func:`crossres.inference.self_validate` takes it.
        device: Where to compute.

    Returns:
        The cascade with its power, 1 where none helps; and its self-validation. The power stays
        where the slices are coarse along one axis, which the self-validation does not show.

    Raises:
        GridError: No axis gets finer, or all three do.
        VolumeError: Every slice is empty, or too small to be degraded further.

    Example:
        >>> from crossres.phantom import make_pair
        >>> from crossres.physics import degrade
        >>> from crossres.weights import load_weights
        >>> guide, reference = make_pair(0, shape=(48, 56, 8), spacing=4.0)
        >>> scan = degrade(reference, reference.grid.coarsened((2, 2, 1)))
        >>> cascade = load_weights("t1-t2-axial-x2")
        >>> fitted_to_guide(cascade, Pair(scan, reference.grid, guide))[0].guide_power <= 1
        True
    """
    found = self_validate(cascade, pair, detail=detail, device=device)
    for power in POWERS if cascade.axes == 2 else ():
        brighter = cascade.with_guide_power(power)
        tried = self_validate(brighter, pair, detail=detail, device=device)
        if not tried.eroded_gain > found.eroded_gain + LEAST_GAIN:
            break
        cascade, found = brighter, tried
    return cascade, found
