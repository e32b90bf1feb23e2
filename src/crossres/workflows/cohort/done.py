"""Whether a case is done: its files exist, from these inputs and settings and no others.

What is added to the sidecars of one that is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from crossres.files import escaped, plain, read_json, sha256, write_json
from crossres.report.optional import PENDING
from crossres.types import FileFormatError, OutputExistsError
from crossres.weights import read_card
from crossres.weights.choose import weights_for
from crossres.weights.defaults import unguided_of
from crossres.weights.index import weights_path
from crossres.workflows.cohort.finished import Finished, read_finished
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.maps import existing_maps
from crossres.workflows.cohort.skull_stripping import SKULL_STRIPPED
from crossres.workflows.enhance.request import (
    Request,
    deciding_settings,
    known_contrasts,
)

_OTHER_VOLUME = "volume (it is not the one that its .json describes)"
_DRAWN = ("report", "maps")
"""What is drawn while a result is made, by the settings that require it."""
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
        FileFormatError: Their sidecar cannot be read, and ``overwrite`` is False.
        CrossresError: An input or the weights cannot be read.
    """
    if not os.path.lexists(job.volume):
        return False
    found = _differences(job)
    if found == [_INTERRUPTED]:
        return False
    if found and not job.overwrite:
        raise OutputExistsError(_refusal(job.volume.name, found))
    return not found


def restate(job: Job) -> None:
    """Write what is known now of the skull into the sidecars of a result that is kept.

    Args:
        job: A finished case.
    """
    if SKULL_STRIPPED not in job.metadata:
        return
    files = [job.sidecar, *existing_maps(job.volume)]
    for path in (path for path in files if path.suffix == ".json"):
        content = read_json(path)
        if content.get(SKULL_STRIPPED) is not job.metadata[SKULL_STRIPPED]:
            write_json(
                {**content, SKULL_STRIPPED: job.metadata[SKULL_STRIPPED]}, path, overwrite=True
            )


def _refusal(name: str, found: Sequence[str]) -> str:
    """Return the error for files that differ from those that a job would make."""
    if set(found) <= set(_DRAWN):
        options = " and ".join(f"`{each}`" for each in found)
        return (
            f"{name} has no {' and no '.join(found)}, drawn only while a result is made; set "
            f"`overwrite` to make the case again, or leave {options} out"
        )
    differing = [f"choice of `{each}`" if each in _DRAWN else each for each in found]
    return (
        f"{name} was made with another {', '.join(differing)}; set `overwrite` to make it "
        "again, or choose another folder"
    )


def _differences(job: Job) -> list[str]:
    """Return the respects in which existing files differ from those that the job would make."""
    if not job.volume.exists():
        return ["volume (its link is broken)"]
    try:
        finished = read_finished(job.sidecar)
    except FileFormatError as error:
        if not job.overwrite:
            raise
        return [str(error)]
    if finished.result.sha256 != sha256(job.volume):
        return [_OTHER_VOLUME]
    if PENDING in finished.pictures.values():
        return [_INTERRUPTED]
    now = _requested(job.request, finished)
    then = _recorded(finished)
    found = [name for name in now if then[name] != now[name]]
    missing = [path for path in job.reports if not path.exists()]
    # A report that could not be drawn is tried again only on request.
    lacking = [
        path for path in missing if job.overwrite or escaped(path.name) not in finished.pictures
    ]
    found += ["report"] * bool(lacking)
    return found + ["maps"] * (job.maps and not _has_maps(job, finished))


def _has_maps(job: Job, finished: Finished) -> bool:
    """Return whether a sidecar names maps, and all of them exist."""
    named = {entry.file for entry in finished.maps.volumes} if finished.maps else set()
    present = {escaped(path.name) for path in existing_maps(job.volume)}
    return bool(named) and named <= present


def _recorded(finished: Finished) -> dict[str, Any]:
    """Return the inputs and settings of a sidecar."""
    guide = finished.inputs.guide
    return {
        "target": finished.inputs.target.sha256,
        "guide": None if guide is None else guide.sha256,
        "set of joined scans": [scan.sha256 for scan in finished.scans[1:]],
        "set of weights": [one.weights_sha256 for one in finished.passes],
        "version of crossres": finished.versions.crossres,
        **{name: finished.settings.get(name) for name in deciding_settings()},
    }


def _requested(request: Request, finished: Finished) -> dict[str, Any]:
    """Return the inputs and settings of a request, in the passes of a finished result."""
    weights = _weights(request, finished)
    settings = request.recorded(read_card(weights[0]).projection)
    return {
        "target": sha256(request.target),
        "guide": None if request.guide is None else sha256(request.guide),
        "set of joined scans": [sha256(path) for path in request.others],
        "set of weights": [sha256(weights_path(name)) for name in weights],
        "version of crossres": metadata.version("crossres"),
        **{name: plain(settings[name]) for name in deciding_settings()},
    }


def _weights(request: Request, finished: Finished) -> list[str]:
    """Return the weights that each pass would use now, unguided where it left the guide out."""
    files = {"target": request.target, "guide": request.guide}
    names = {role: path.name for role, path in files.items() if path is not None}
    factors = [one.factors for one in finished.passes]
    contrasts = known_contrasts(request.contrasts, names)
    guided = request.guide is not None
    chosen = weights_for(request.weights, factors, guided=guided, contrasts=contrasts)
    return [
        (unguided_of(named.weights) if one.guide_left_out and not named.by_user else None)
        or named.weights
        for named, one in zip(chosen, finished.passes, strict=True)
    ]
