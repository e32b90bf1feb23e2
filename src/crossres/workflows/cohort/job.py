"""One case, from files to files: all that it takes in one value, and the function that does it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from crossres.files import staged, write_json
from crossres.files.atomic import leftovers
from crossres.files.outputs import beside
from crossres.inference import compute_device
from crossres.io import write
from crossres.report.page import write_page
from crossres.report.slices import informative_fractions, slice_panel
from crossres.report.thumbnail import thumbnail
from crossres.types import CrossresWarning
from crossres.workflows.cohort.done import is_done
from crossres.workflows.cohort.maps import (
    described,
    draw,
    map_paths,
    maps_there,
    sidecar_of,
    write_drawn,
)
from crossres.workflows.cohort.outcome import Outcome
from crossres.workflows.enhance import (
    Enhancement,
    Request,
    carry_out,
    output_paths,
    page_of,
)


@dataclass(frozen=True)
class Job:
    """One case to be done, here or on another machine that sees the same files.

    Args:
        name: The case's.
        request: What to do, with absolute paths; its device may be ``"auto"``.
        volume: The file to make; the others lie beside it.
        report: Whether to make a page too.
        maps: Whether to make maps too.
        metadata: Keys of BIDS for the sidecar.
        overwrite: Whether files made from other inputs or settings may be replaced.
        threads: Processor threads.
    """

    name: str
    request: Request
    volume: Path
    report: bool = False
    maps: bool = False
    metadata: Mapping[str, object] = field(default_factory=dict)
    overwrite: bool = False
    threads: int = 1

    @property
    def outputs(self) -> list[Path]:
        """Volume, sidecar, picture, and the page if wanted."""
        volume, sidecar, *page = output_paths(self.volume, report=self.report)
        return [volume, sidecar, beside(volume, ".png"), *page]

    @property
    def maps_outputs(self) -> dict[str, Path]:
        """The files of all maps that there may be, by name; each has a sidecar beside it."""
        contrasts = self.request.contrasts or (None, None)
        return map_paths(self.volume, contrasts[1])

    def clean(self) -> None:
        """Remove what killed processes left half-written; nobody may be at work on the case."""
        maps = self.maps_outputs.values()
        page = beside(self.volume, ".html")
        for output in (*self.outputs[:3], page, *maps, *map(sidecar_of, maps)):
            for part in leftovers(output):
                part.unlink(missing_ok=True)

    def drop_others(self, made: Sequence[Path]) -> None:
        """Remove page and maps of an earlier result, which would pass for those of this one."""
        for path in {beside(self.volume, ".html"), *maps_there(self.volume)} - set(made):
            path.unlink(missing_ok=True)


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
    _write(job, done)
    return Outcome(job.name, "made")


def _write(job: Job, done: Enhancement) -> None:
    """Write all files of a case, or none; without its volume, or with leave, others may go."""
    drawn = draw(done, job.maps_outputs) if job.maps else []
    maps = [job.volume.with_name(entry.file) for entry, _ in drawn]
    paths = [*job.outputs, *maps, *(sidecar_of(path) for path in maps)]
    with staged(paths, overwrite=True) as files:
        write(done.result.volume, files[0])
        told = {"maps": described(drawn, done, files[0])} if drawn else {}
        write_json({**job.metadata, **done.content, "motion": done.motion, **told}, files[1])
        files[2].write_bytes(_picture(done))
        for page in files[3 : len(job.outputs)]:
            write_page(page_of(done), page)
        named = {path.name: file for path, file in zip(paths, files, strict=True)}
        write_drawn(drawn, named, job.metadata)
    job.drop_others(paths)


def _picture(done: Enhancement) -> bytes:
    """Draw the scan that came in beside the result, small."""
    volumes = {"scan": done.pair.target, "result": done.result.volume}
    middle = informative_fractions(done.result.volume, count=1)["axial"][0]
    return thumbnail(list(slice_panel(volumes, "axial", fraction=middle).values()))
