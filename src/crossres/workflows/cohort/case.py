"""Run one case, from files to files."""

from __future__ import annotations

import time
import warnings
from functools import partial
from pathlib import Path

import torch

from crossres.files import recover, staged, write_json
from crossres.inference import Enhanced
from crossres.io import write
from crossres.report import (
    Drawings,
    cuts_of,
    slice_panel,
    thumbnail_picture,
    write_optional,
)
from crossres.report.optional import PENDING
from crossres.types import CrossresWarning
from crossres.workflows.cohort.done import is_done
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.maps import described, drawn_maps, sidecar_path, write_drawn
from crossres.workflows.cohort.outcome import Outcome
from crossres.workflows.enhance import EnhancedFiles, enhance_files, motion
from crossres.workflows.enhance.predicted_error import with_predicted_error
from crossres.workflows.enhance.report import draw_report
from crossres.workflows.enhance.result import with_time
from crossres.workflows.enhance.sidecar_file import check_own, record_pictures, with_pictures


def run_job(job: Job) -> Outcome:
    """Make the files of a case, all or none; an error is returned, never raised.

    A job can run on any machine with access to its files, any number of times: existing files that
    match it are kept.

    Args:
        job: The case.

    Returns:
        The state of the case: made, kept or failed.
    """
    try:
        torch.set_num_threads(job.threads)
        with warnings.catch_warnings():
            # Warnings are in the sidecar and on the cohort page.
            warnings.simplefilter("ignore", CrossresWarning)
            return _run(job)
    except Exception as error:
        return Outcome.failed(job.name, error)


def _run(job: Job) -> Outcome:
    recover(job.volume.parent)
    if is_done(job):
        return Outcome(job.name, "kept")
    done = enhance_files(job.request)
    job.volume.parent.mkdir(parents=True, exist_ok=True)
    _write(job, done)
    return Outcome(job.name, "made", warnings=tuple(_warnings(done, job)))


def _write(job: Job, done: EnhancedFiles) -> None:
    """Write volume, sidecar and maps, all or none, instead of an earlier result; then pictures."""
    known = with_predicted_error(done.sidecar, done.enhanced) if job.maps else done.sidecar
    start = time.perf_counter()
    drawn = drawn_maps(done.enhanced, job.maps_outputs) if job.maps else []
    maps = [job.volume.with_name(entry.file) for entry, _ in drawn]
    data = [job.volume, job.sidecar, *maps, *(sidecar_path(path) for path in maps)]
    pending = {path.name: PENDING for path in (*job.reports, job.thumbnail)}
    with staged(data, overwrite=True, removed=job.companions(but=data)) as files:
        named = {path.name: file for path, file in zip(data, files, strict=True)}
        write(done.enhanced.volume, files[0])
        listed = {"maps": described(drawn, done, files[0])} if drawn else {}
        noted = {"motion": motion(done.enhanced), "warnings": _warnings(done, job)}
        grid = done.enhanced.result.volume.grid
        metadata = {**job.metadata, "Resolution": job.resolution.described(grid)}
        write_drawn(drawn, named, metadata, grid)
        recorded = done.recorded(known, files[0], start, report=bool(job.reports), maps=job.maps)
        content = {**metadata, **recorded, **noted, **listed}
        write_json(with_pictures(content, pending), files[1])
    drawings: Drawings = {
        job.thumbnail: partial(_draw_thumbnail, done.enhanced, content),
        **dict.fromkeys(job.reports, partial(draw_report, done, content)),
    }
    check = partial(check_own, content, job.sidecar)
    states = write_optional(drawings, overwrite=True, check=check)
    record_pictures(content, states, job.sidecar)


def _warnings(done: EnhancedFiles, job: Job) -> list[str]:
    return [*done.enhanced.warnings, *job.notes]


def _draw_thumbnail(enhanced: Enhanced, content: dict[str, object], file: Path) -> None:
    """Draw the scan beside the result, in the enhanced plane, and add the time to the content."""
    start = time.perf_counter()
    volumes = {"scan": enhanced.pair.target, "result": enhanced.result.volume}
    (middle,) = next(iter(cuts_of(enhanced.pair.target.grid, enhanced.result.volume).values()))
    panels = slice_panel(volumes, middle.plane, fraction=middle.fraction)
    file.write_bytes(thumbnail_picture(list(panels.values())))
    content.update(with_time(content, "pictures", start))
