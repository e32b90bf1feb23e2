"""What is done already: files that are there, from these inputs and settings and no others."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

from crossres.files import plain, sha256
from crossres.types import OutputExistsError
from crossres.weights import read_card
from crossres.weights.choose import weights_for
from crossres.weights.store import weights_path
from crossres.workflows.enhance import Request, applied_settings

if TYPE_CHECKING:
    from crossres.workflows.cohort.job import Job

# The rest says where the inputs are, or how to compute, not what.
_SETTINGS = (
    "factor", "spacing", "register", "seed", "back_projection", "contrasts", "ensemble",
    "keep_guide", "evidence",
)  # fmt: skip
_DAMAGED = "files (its .json is missing or damaged)"


def is_done(job: Job) -> bool:
    """Tell whether a job's files are there and are what it would make.

    The volume gets its name last: without it, other files are the rest of a killed run.

    Raises:
        OutputExistsError: They were made otherwise, and the job may not replace them.
        CrossresError: An input or the weights cannot be read.
    """
    if not os.path.lexists(job.volume):
        return False
    found = _differences(job)
    if found and not job.overwrite:
        raise OutputExistsError(
            f"{job.volume.name} was made with another {', '.join(found)}; give --overwrite to make "
            "it again, or another folder"
        )
    return not found


def _differences(job: Job) -> list[str]:
    """Name the respects in which what is there differs from what the job would make."""
    if not job.volume.exists():
        return ["volume (its link is broken)"]
    try:
        told = json.loads(job.outputs[1].read_text(encoding="utf-8"))
        then, passes = _recorded(told), told["passes"]
        factors = [done["factors"] for done in passes]
        guided = [job.request.guide is not None and not done["guide_left_out"] for done in passes]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [_DAMAGED]
    now = _asked(job.request, factors, guided=guided)
    found = [name for name in now if then[name] != now[name]]
    pages = [path for path in job.outputs if path.suffix == ".html"]
    found += ["choice of --report" for page in pages if not page.exists()]
    return found + ["choice of --maps"] * (job.maps and not _has_maps(job, told))


def _has_maps(job: Job, told: Mapping[str, Any]) -> bool:
    """Tell whether all maps are there that a sidecar speaks of, if it speaks of any."""
    try:
        files = [job.volume.with_name(entry["file"]) for entry in told["maps"]["volumes"]]
    except (KeyError, TypeError, ValueError):
        return False
    return bool(files) and all(file.exists() for file in files)


def _recorded(told: dict[str, Any]) -> dict[str, Any]:
    """Return what a sidecar says went in."""
    guide = told["inputs"].get("guide")
    return {
        "target": told["inputs"]["target"]["sha256"],
        "guide": None if guide is None else guide["sha256"],
        "set of weights": [done["weights_sha256"] for done in told["passes"]],
        "version of crossres": told["versions"]["crossres"],
        **{name: told["settings"].get(name) for name in _SETTINGS},
    }


def _asked(
    request: Request, factors: Sequence[Sequence[float]], *, guided: Sequence[bool]
) -> dict[str, Any]:
    """Return what would go in now, into passes by these factors."""
    weights = [name for name, _ in weights_for(request.weights, factors, guided=guided)]
    settings = applied_settings(request, read_card(weights[0]))
    return {
        "target": sha256(request.target),
        "guide": None if request.guide is None else sha256(request.guide),
        "set of weights": [sha256(weights_path(name)) for name in weights],
        "version of crossres": metadata.version("crossres"),
        **{name: plain(settings[name]) for name in _SETTINGS},
    }
