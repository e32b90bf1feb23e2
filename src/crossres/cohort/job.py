"""One case, from files to files: all that it takes in one value, and the function that does it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from crossres.cohort.done import is_done
from crossres.cohort.outcome import Outcome
from crossres.enhancement import Enhancement, Request, carry_out, output_paths, page_of
from crossres.inference import compute_device
from crossres.io import write
from crossres.io.files import leftovers
from crossres.io.outputs import beside, staged
from crossres.report.page import write_page
from crossres.report.provenance import write_json
from crossres.report.slices import informative_fractions, slice_panel
from crossres.report.thumbnail import thumbnail
from crossres.types import CrossresWarning


@dataclass(frozen=True)
class Job:
    """One case to be done, here or on another machine that sees the same files.

    Args:
        name: The case's.
        request: What to do, with absolute paths; its device may be ``"auto"``.
        volume: The file to make; the others lie beside it.
        report: Whether to make a page too.
        metadata: Keys of BIDS for the sidecar.
        overwrite: Whether files made from other inputs or settings may be replaced.
        threads: Processor threads.
    """

    name: str
    request: Request
    volume: Path
    report: bool = False
    metadata: Mapping[str, object] = field(default_factory=dict)
    overwrite: bool = False
    threads: int = 1

    @property
    def outputs(self) -> list[Path]:
        """Volume, sidecar, picture, and the page if wanted."""
        volume, sidecar, *page = output_paths(self.volume, report=self.report)
        return [volume, sidecar, beside(volume, ".png"), *page]

    def clean(self) -> None:
        """Remove what killed processes left half-written; nobody may be at work on the case."""
        for output in self.outputs:
            for part in leftovers(output):
                part.unlink(missing_ok=True)


def work(job: Job) -> Outcome:
    """Make a case's files, all or none; what goes wrong is told, never raised.

    Can be called anywhere, any number of times: what is there and right is kept.

    Args:
        job: The case.
    """
    try:
        torch.set_num_threads(job.threads)
        with warnings.catch_warnings():
            # They are in the sidecar, and on the page of the cohort.
            warnings.simplefilter("ignore", CrossresWarning)
            return _work(job)
    except Exception as error:
        return Outcome.failed(job.name, error)


def _work(job: Job) -> Outcome:
    job.clean()
    if is_done(job):
        return Outcome(job.name, "kept")
    done = carry_out(replace(job.request, device=compute_device(job.request.device)))
    job.volume.parent.mkdir(parents=True, exist_ok=True)
    # Without its volume, or with leave, whatever lies there may go.
    with staged(job.outputs, overwrite=True) as files:
        write(done.result.volume, files[0])
        write_json({**job.metadata, **done.content, "motion": done.motion}, files[1])
        files[2].write_bytes(_picture(done))
        for page in files[3:]:
            write_page(page_of(done), page)
    return Outcome(job.name, "made")


def _picture(done: Enhancement) -> bytes:
    """Draw the scan that came in beside the result, small."""
    volumes = {"scan": done.pair.target, "result": done.result.volume}
    middle = informative_fractions(done.result.volume, count=1)["axial"][0]
    return thumbnail(list(slice_panel(volumes, "axial", fraction=middle).values()))
