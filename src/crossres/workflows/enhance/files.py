"""What enhancing one scan takes, from files to files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from warnings import warn

from crossres.files import staged, write_json
from crossres.files.outputs import (
    MAPS_ENDING,
    beside,
    folder_name,
    is_folder,
    stem,
)
from crossres.inference import Evidence, Result
from crossres.inference.passes import (
    Pass,
    Step,
    carry_out_pass,
    chosen,
    evidence_of,
    next_target,
    paired_for,
    plan_passes,
)
from crossres.inference.single_pass import agreeing
from crossres.io import Input, find_input, write
from crossres.registration import Paired, pair_up
from crossres.report.map_folder import fill_folder
from crossres.report.page import write_page
from crossres.report.provenance import sidecar
from crossres.types import CrossresWarning, Progress
from crossres.volume import Grid, Pair, fine_grid
from crossres.weights import load_weights, read_card
from crossres.workflows.enhance.dicom import write_dicom
from crossres.workflows.enhance.report import page_of
from crossres.workflows.enhance.request import Request, applied_settings, contrast_notes


@dataclass(frozen=True, eq=False)
class Enhancement:
    """What was done, and what came of it."""

    request: Request
    inputs: Mapping[str, Input]
    passes: Sequence[Pass]
    paired: Paired
    result: Result
    evidence: Evidence
    warnings: list[str]
    timings: dict[str, float]

    @property
    def pair(self) -> Pair:
        """Target and guide as the networks saw them."""
        return self.paired.pair

    @property
    def weights(self) -> str:
        """Names of the weights, in the order of the passes."""
        return ", then ".join(done.choice.names for done in self.passes)

    @property
    def motion(self) -> str:
        """Say how the guide was brought to the target."""
        if self.pair.guide is None:
            return "none" if self.request.guide is None else "left out: it does not fit"
        registration = self.paired.registration
        if registration is None:
            return "taken as it lies (--no-register)"
        if registration.transform.is_identity:
            return "already aligned"
        mean, _ = registration.transform.displacement(self.pair.fine)
        rim = ", but for the rim of the mask it shares with the scan" * self.paired.rim_kept
        return f"moved by {mean:.2f} mm, {registration.transform.angle_degrees:.2f} degrees{rim}"

    @cached_property
    def content(self) -> dict[str, object]:
        """The JSON sidecar."""
        registration = self.paired.registration
        settings = applied_settings(self.request, self.passes[0].card)
        written: dict[str, object] = dict(
            sidecar(
                inputs=self.inputs,
                settings=settings,
                weights=self.weights,
                factors=self.pair.target.grid.factors_to(self.pair.fine),
                consistency_before=self.result.consistency_before,
                consistency_after=self.result.consistency_after,
                timings=self.timings,
                warnings=self.warnings,
            )
        )
        passes = [done.told(guided=self.request.guide is not None) for done in self.passes]
        if len(passes) == 1:
            told = ("weights_sha256", "weights_beside", "rehearsal_gain_db")
            written |= {name: passes[0][name] for name in told}
        written["passes"] = passes
        written["guide_left_out"] = self.request.guide is not None and self.pair.guide is None
        written["grids"] = {"target": _grid(self.pair.target.grid), "result": _grid(self.pair.fine)}
        rim = {"rim_kept": self.paired.rim_kept}
        written["registration"] = None if registration is None else registration.to_dict() | rim
        return written


def _grid(grid: Grid) -> dict[str, object]:
    return {"shape": grid.shape, "spacing_mm": grid.spacing, "affine": grid.affine}


def output_paths(
    output: Path, *, report: bool, maps: bool = False, dicom: bool = False
) -> list[Path]:
    """Return what is to be made: volume and JSON file, and if wanted the page and the maps.

    Args:
        output: A NIfTI file, or where ``dicom`` is True a folder of slices.
        report: Whether the page is wanted.
        maps: Whether the folder of maps is wanted.
        dicom: Whether the target is DICOM.

    Raises:
        FileFormatError: A name with another ending.
    """
    endings = [".json", *[".html"] * report, *[MAPS_ENDING] * maps]
    if dicom and is_folder(output):
        return [output, *(folder_name(output).with_name(output.name + end) for end in endings)]
    stem(output)
    return [output, *(beside(output, ending) for ending in endings)]


def carry_out(request: Request, *, progress: Progress | None = None) -> Enhancement:
    """Enhance one scan, without writing anything; warn before the slow part of each pass.

    Raises:
        CrossresError: Whatever in the request or the files cannot be used.
    """
    clock, told = _Clock(), _Told()
    inputs = {"target": find_input(request.target, request.series, option="--series")}
    target, notes = inputs["target"].load(progress=progress)
    fine = fine_grid(target.grid, factor=request.factor, spacing=request.spacing)
    steps = plan_passes(request, target.grid, fine)
    guide = None
    if request.guide is not None:
        inputs["guide"] = find_input(request.guide, request.guide_series, option="--guide-series")
        guide, more = inputs["guide"].load(progress=progress)
        notes = [*notes, *more]
    told.say(notes)
    clock.lap("reading")
    paired = pair_up(target, guide, fine, register=request.register, seed=request.seed)
    clock.lap("registration")
    passes = _made(request, steps, paired, inputs, told, clock, progress)
    result, used = _whole(passes, paired)
    clock.lap("enhancing")
    return Enhancement(
        request, inputs, passes, used, result, evidence_of(passes), told.warnings, clock.seconds
    )


def _made(
    request: Request,
    steps: Sequence[Step],
    paired: Paired,
    inputs: Mapping[str, Input],
    told: _Told,
    clock: _Clock,
    progress: Progress | None,
) -> list[Pass]:
    """Make one pass after the other, each from the result of the one before."""
    load, passes, current = cache(load_weights), list[Pass](), paired.pair.target
    for step in steps:
        working = paired_for(step, current, paired)
        choice = chosen(request, step, working, load)
        clock.lap("rehearsal")
        pair = working.pair if choice.weights == step.weights else Pair(current, step.fine)
        card = read_card(choice.weights)
        told.say([step.where + text for text in choice.warnings])
        if pair.guide is not None or request.guide is None:
            told.say([*contrast_notes(card, request.contrasts, inputs), *paired.warnings])
        told.say([step.where + text for text in card.warnings_for(pair)])
        passes.append(carry_out_pass(request, choice, pair, load, progress))
        current = next_target(paired.pair.target, passes[-1].result.volume)
        clock.lap("enhancing")
    return passes


def _whole(passes: Sequence[Pass], paired: Paired) -> tuple[Result, Paired]:
    """Return a result that agrees with the scan over all its axes, and what it was made from."""
    guided = any(done.pair.guide is not None for done in passes)
    pair = paired.pair if guided else Pair(paired.pair.target, paired.pair.fine)
    result = passes[-1].result
    if len(passes) > 1:
        seconds = sum(done.result.seconds for done in passes)
        result = agreeing(pair, result.volume, passes[-1].back_projection, seconds)
    return result, replace(paired, pair=pair)


class _Told:
    """What the user was warned of, each once."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def say(self, texts: Sequence[str]) -> None:
        for text in dict.fromkeys(texts):
            if text not in self.warnings:
                warn(text, CrossresWarning, stacklevel=1)
                self.warnings.append(text)


class _Clock:
    """Seconds by step, and in all."""

    def __init__(self) -> None:
        self.start = self.last = time.perf_counter()
        self.seconds: dict[str, float] = {"total": 0.0}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self.last
        self.seconds["total"] = now - self.start
        self.last = now


def write_outputs(
    done: Enhancement,
    paths: Sequence[Path],
    *,
    overwrite: bool,
    progress: Progress | None = None,
) -> None:
    """Write volume, JSON file and what else there is a path for: all of them or none."""
    folder = is_folder(paths[0])
    with staged(paths, overwrite=overwrite, folder=folder) as files:
        if folder:
            write_dicom(done, files[0], progress=progress)
        else:
            write(done.result.volume, files[0])
        write_json(done.content, files[1])
        for path, file in zip(paths[2:], files[2:], strict=True):
            if path.suffix == MAPS_ENDING:
                fill_folder(
                    done.pair, done.result, files[0], file,
                    spread=done.evidence.spread, influence=done.evidence.influence,
                )  # fmt: skip
            else:
                write_page(page_of(done), file)
