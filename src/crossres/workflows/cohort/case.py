"""Run one case, from files to files."""

from __future__ import annotations

import warnings

import torch

from crossres.files import staged, write_json
from crossres.inference import Enhanced
from crossres.io import write
from crossres.report import (
    informative_fractions,
    slice_panel,
    thumbnail_picture,
    write_report,
)
from crossres.types import CrossresWarning
from crossres.workflows.cohort.done import is_done
from crossres.workflows.cohort.job import Job
from crossres.workflows.cohort.maps import described, drawn_maps, sidecar_path, write_drawn
from crossres.workflows.cohort.outcome import Outcome
from crossres.workflows.enhance import EnhancedFiles, enhance_files, motion, report_of


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
    job.clean()
    if is_done(job):
        return Outcome(job.name, "kept")
    done = enhance_files(job.request)
    job.volume.parent.mkdir(parents=True, exist_ok=True)
    _write(job, done)
    return Outcome(job.name, "made")


def _write(job: Job, done: EnhancedFiles) -> None:
    """Write all files of a case or none, then remove those of an earlier result."""
    drawn = drawn_maps(done.enhanced, job.maps_outputs) if job.maps else []
    maps = [job.volume.with_name(entry.file) for entry, _ in drawn]
    paths = [*job.outputs, *maps, *(sidecar_path(path) for path in maps)]
    with staged(paths, overwrite=True) as files:
        write(done.enhanced.volume, files[0])
        more = {"maps": described(drawn, done.enhanced, files[0])} if drawn else {}
        sidecar = {**job.metadata, **done.sidecar, "motion": motion(done.enhanced), **more}
        write_json(sidecar, files[1])
        files[2].write_bytes(_thumbnail(done.enhanced))
        for report in files[3 : len(job.outputs)]:
            write_report(report_of(done), report)
        named = {path.name: file for path, file in zip(paths, files, strict=True)}
        write_drawn(drawn, named, job.metadata)
    job.drop_others(paths)


def _thumbnail(enhanced: Enhanced) -> bytes:
    """Draw the scan beside the result."""
    volumes = {"scan": enhanced.pair.target, "result": enhanced.result.volume}
    middle = informative_fractions(enhanced.result.volume, count=1)["axial"][0]
    return thumbnail_picture(list(slice_panel(volumes, "axial", fraction=middle).values()))
