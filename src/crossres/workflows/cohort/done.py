"""Whether a case is done: its files exist, from these inputs and settings and no others."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from crossres.files import plain, sha256
from crossres.report.optional import PENDING
from crossres.types import OutputExistsError
from crossres.weights import read_card
from crossres.weights.choose import weights_for
from crossres.weights.store import weights_path
from crossres.workflows.cohort.job import Job
from crossres.workflows.enhance.request import Request, deciding_settings

_DAMAGED = "files (its .json is missing or damaged)"
_OTHER_VOLUME = "volume (it is not the one that its .json describes)"
_INTERRUPTED = "end (its pictures were never made)"


def is_done(job: Job) -> bool:
    """Return whether the files of a job exist, made from its inputs with its settings.

    A case that was killed between its volume and its pictures is not done.

    Args:
        job: The case.

    Returns:
        True where nothing is to be computed.

    Raises:
        OutputExistsError: They were made otherwise, and ``overwrite`` is False.
        CrossresError: An input or the weights cannot be read.
    """
    if not os.path.lexists(job.volume):
        return False
    found = _differences(job)
    if found == [_INTERRUPTED]:
        return False
    if found and not job.overwrite:
        raise OutputExistsError(
            f"{job.volume.name} was made with another {', '.join(found)}; set `overwrite` to make "
            "it again, or choose another folder"
        )
    return not found


def _differences(job: Job) -> list[str]:
    """Return the respects in which existing files differ from those that the job would make."""
    if not job.volume.exists():
        return ["volume (its link is broken)"]
    try:
        sidecar = json.loads(job.sidecar.read_text(encoding="utf-8"))
        pictures, result = sidecar["pictures"], sidecar["result"]["sha256"]
        then, passes = _recorded(sidecar), sidecar["passes"]
        factors = [done["factors"] for done in passes]
        guided = [job.request.guide is not None and not done["guide_left_out"] for done in passes]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [_DAMAGED]
    if result != sha256(job.volume):
        return [_OTHER_VOLUME]
    if PENDING in pictures.values():
        return [_INTERRUPTED]
    now = _requested(job.request, factors, guided=guided)
    found = [name for name in now if then[name] != now[name]]
    missing = [path for path in job.reports if not path.exists()]
    # A report that could not be drawn is tried again only on request.
    lacking = [path for path in missing if job.overwrite or path.name not in pictures]
    found += ["choice of `report`" for _ in lacking]
    return found + ["choice of `maps`"] * (job.maps and not _has_maps(job, sidecar))


def _has_maps(job: Job, sidecar: Mapping[str, Any]) -> bool:
    """Return whether a sidecar names maps, and all of them exist."""
    try:
        files = [job.volume.with_name(entry["file"]) for entry in sidecar["maps"]["volumes"]]
    except (KeyError, TypeError, ValueError):
        return False
    return bool(files) and all(file.exists() for file in files)


def _recorded(sidecar: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs and settings of a sidecar."""
    guide = sidecar["inputs"].get("guide")
    return {
        "target": sidecar["inputs"]["target"]["sha256"],
        "guide": None if guide is None else guide["sha256"],
        "set of weights": [done["weights_sha256"] for done in sidecar["passes"]],
        "version of crossres": sidecar["versions"]["crossres"],
        **{name: sidecar["settings"].get(name) for name in deciding_settings()},
    }


def _requested(
    request: Request, factors: Sequence[Sequence[float]], *, guided: Sequence[bool]
) -> dict[str, Any]:
    """Return the inputs and settings of a request, in passes by these factors."""
    weights = [named.weights for named in weights_for(request.weights, factors, guided=guided)]
    settings = request.recorded(read_card(weights[0]).projection)
    return {
        "target": sha256(request.target),
        "guide": None if request.guide is None else sha256(request.guide),
        "set of weights": [sha256(weights_path(name)) for name in weights],
        "version of crossres": metadata.version("crossres"),
        **{name: plain(settings[name]) for name in deciding_settings()},
    }
