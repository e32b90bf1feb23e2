"""The guide as registered, or where its header places it: the decision by self-validation."""

from __future__ import annotations

from dataclasses import replace

import torch

from crossres.inference.cascade import Cascade
from crossres.inference.self_validation import fits_better
from crossres.physics import acquire_volume
from crossres.registration import Aligned
from crossres.types import CrossresError
from crossres.volume import Grid, Pair, Volume


def on_grid(aligned: Aligned, target: Volume, fine: Grid) -> Aligned:
    """Return what a pass works on: its target, and the guide as a scan on its grid shows it.

    Args:
        aligned: The alignment of the whole.
        target: The target of the pass.
        fine: Grid of the pass's result.

    Returns:
        The alignment with the pair of the pass.
    """
    guide = aligned.pair.guide
    if guide is not None and fine.shape != aligned.pair.fine.shape:
        guide = acquire_volume(guide, fine)
    return replace(aligned, pair=Pair(target, fine, guide))


def better_placed(
    aligned: Aligned, cascade: Cascade, fine: Grid, *, device: torch.device | str = "cpu"
) -> Aligned:
    """Return the guide as registered, unless its header restores the scan better.

    Both placements are self-validated on the degraded scan, in its eroded foreground
    (:func:`crossres.inference.self_validation.fits_better`).

    Args:
        aligned: The registered pair.
        cascade: Guided networks of the first pass.
        fine: Grid of the first pass's result.
        device: Where to compute.

    Returns:
        The pair as it was; or the guide by its header, with a warning. As it was where nothing was
        moved, or where the scan is too small for self-validation.
    """
    if aligned.registration is None or aligned.registration.transform.is_identity:
        return aligned
    headers = aligned.by_headers()
    target = headers.pair.target
    other, own = (on_grid(each, target, fine).pair for each in (headers, aligned))
    try:
        better = fits_better(cascade, other, own, detail=aligned.detail, device=device)
    except CrossresError:  # the scan is too small to be degraded further
        return aligned
    return headers if better else aligned
