"""The memory of a case, estimated from the headers of its scans, and how many cases fit into it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

from crossres.io import read_grid
from crossres.types import CrossresError, CrossresWarning
from crossres.workflows.cohort.job import Job
from crossres.workflows.enhance.target_grid import target_grid

GB = 1e9
OF_THE_PROCESS = 0.6 * GB
"""Bytes of a process without a scan: Python, torch, networks, and a batch of slices."""
OF_A_VOXEL = 60.0
"""Bytes for each voxel of result and guide, an upper limit (studies/HISTORY.md)."""


def estimated_memory(job: Job) -> float:
    """Estimate the largest memory of a case.

    Args:
        job: The case.

    Returns:
        Bytes.

    Raises:
        CrossresError: A header cannot be read, or the requested grid is refused.
    """
    request = job.request
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CrossresWarning)  # repeated when the case is run
        target, *inputs = [
            read_grid(path, trust=request.settings.trust)
            for path in (request.target, request.guide, *request.others)
            if path is not None
        ]
    guide = None if request.guide is None else inputs[0]
    fine = target_grid(
        target, guide, factor=request.factor, spacing=request.spacing, weights=request.weights,
        contrasts=request.contrasts or (None, None),
    ).fine  # fmt: skip
    return OF_THE_PROCESS + OF_A_VOXEL * sum(math.prod(g.shape) for g in (fine, *inputs))


def workers_within(jobs: Sequence[Job], workers: int, memory: float) -> int:
    """Return how many cases can run at a time; a warning if even one may need more memory.

    Args:
        jobs: The cases. Those whose headers cannot be read fail later, and count for nothing.
        workers: The largest number, at least 1.
        memory: Memory in GB (10^9 bytes), above 0.

    Returns:
        A number from 1 to ``workers``.
    """
    largest = max(map(_estimated_or_none, jobs), default=0.0)
    if largest > memory * GB:
        warnings.warn(
            f"a case may need {largest / GB:.1f} GB, more than `mem` {memory:g}; cases are run one "
            "at a time",
            CrossresWarning,
            stacklevel=1,
        )
    return max(1, min(workers, int(memory * GB / largest))) if largest else workers


def _estimated_or_none(job: Job) -> float:
    try:
        return estimated_memory(job)
    except (CrossresError, OSError):
        return 0.0
