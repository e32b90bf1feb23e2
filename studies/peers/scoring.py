"""Scores of a result against the truth, whatever made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossres.files import read_json
from crossres.io import read
from crossres.metrics import score
from crossres.physics import volume_consistency
from crossres.registration import resample
from crossres.reproduction.scoring import Row, eroded_mask
from crossres.volume import Volume, brain_or_head_mask

NOT_MEASURED = ""
"""Cost of a result that was made elsewhere."""


def score_file(result: Path, scan: Path, truth: Path) -> Row:
    """Return the scores of a result, and what it cost where that is beside it.

    A result on another grid is resampled onto that of the truth.

    Args:
        result: NIfTI file; ``RESULT.json`` beside it holds its cost.
        scan: The degraded scan.
        truth: The reference.
    """
    estimate, reference = read(result), read(truth)
    own_grid = estimate.grid.is_close(reference.grid, tolerance=0.01)
    if not own_grid:
        estimate = resample(estimate, reference.grid)
    record = result.with_name(result.name.replace(".nii.gz", ".json"))
    cost = read_json(record) if record.exists() else {}
    return {
        **scores(estimate, reference),
        "consistency": volume_consistency(estimate, read(scan)),
        "resampled": not own_grid,
        "seconds": cost.get("seconds", NOT_MEASURED),
        "peak_mb": cost.get("peak_mb", NOT_MEASURED),
    }


def scores(estimate: Volume, reference: Volume) -> dict[str, float]:
    """Return PSNR in dB and SSIM, over whole slices and in the eroded mask.

    Over whole slices both are means over the slices with more than 5 % of head. PSNR in the eroded
    mask is that of all its voxels together, SSIM its mean over slices.

    Args:
        estimate: On the grid of the reference.
        reference: The truth.
    """
    head, inner = brain_or_head_mask(reference.data), eroded_mask(reference)
    data, truth = np.nan_to_num(estimate.data), reference.data
    whole = score(data, truth, mask=head).mean
    within = score(data, truth, mask=inner).mean
    error = np.sqrt(np.square(data[inner] - truth[inner], dtype=np.float64).mean())
    with np.errstate(divide="ignore"):  # the truth itself has no error
        psnr_eroded = float(20 * np.log10(truth.max() / error))
    return {
        "psnr": whole["psnr"],
        "ssim": whole["ssim"],
        "psnr_eroded": psnr_eroded,
        "ssim_eroded": within["ssim_inside"],
    }
