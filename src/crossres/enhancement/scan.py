"""What enhancing one scan takes, from files to files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from warnings import warn

from crossres.cascade import Cascade
from crossres.enhancement.choice import Choice, choose
from crossres.enhancement.dicom import write_dicom
from crossres.enhancement.evidence import Evidence, enhance_with_evidence
from crossres.enhancement.page import page_of
from crossres.enhancement.request import (
    Request,
    applied_settings,
    check_guide,
    contrast_notes,
    default_weights,
    unguided_of,
)
from crossres.inference import Result, slice_orders, super_resolve
from crossres.io import Input, find_input, sha256, write
from crossres.io.outputs import MAPS_ENDING, beside, folder_name, is_folder, staged, stem
from crossres.pairing import Paired, fine_grid, pair_up
from crossres.report.map_folder import fill_folder
from crossres.report.page import write_page
from crossres.report.provenance import sidecar, write_json
from crossres.types import CrossresWarning, Progress
from crossres.volume import Grid, Pair
from crossres.weights import WeightCard, load_weights, read_card
from crossres.weights.store import weights_path


@dataclass(frozen=True, eq=False)
class Enhancement:
    """What was done, and what came of it."""

    request: Request
    inputs: Mapping[str, Input]
    choice: Choice
    card: WeightCard
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
        return f"moved by {mean:.2f} mm, {registration.transform.angle_degrees:.2f} degrees"

    @cached_property
    def content(self) -> dict[str, object]:
        """The JSON sidecar."""
        registration = self.paired.registration
        settings = applied_settings(self.request, self.card)
        written: dict[str, object] = dict(
            sidecar(
                inputs=self.inputs,
                settings=settings,
                weights=self.card.name,
                factors=self.pair.target.grid.factors_to(self.pair.fine),
                consistency_before=self.result.consistency_before,
                consistency_after=self.result.consistency_after,
                timings=self.timings,
                warnings=self.warnings,
            )
        )
        written["weights_sha256"] = sha256(weights_path(self.choice.weights))
        written["rehearsal_gain_db"] = self.choice.gains
        written["guide_left_out"] = self.request.guide is not None and self.pair.guide is None
        written["grids"] = {"target": _grid(self.pair.target.grid), "result": _grid(self.pair.fine)}
        written["registration"] = None if registration is None else registration.to_dict()
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
    """Enhance one scan, without writing anything; warn before the slow part.

    Raises:
        CrossresError: Whatever in the request or the files cannot be used.
    """
    clock = _Clock()
    inputs = {"target": find_input(request.target, request.series, option="--series")}
    target, notes = inputs["target"].load(progress=progress)
    fine = fine_grid(target.grid, factor=request.factor, spacing=request.spacing)
    slice_orders(target.grid, fine)  # refuses what no network can do before the slow part
    factors = target.grid.factors_to(fine)
    name = request.weights or default_weights(factors, guided=request.guide is not None)
    check_guide(read_card(name), guided=request.guide is not None)
    guide = None
    if request.guide is not None:
        inputs["guide"] = find_input(request.guide, request.guide_series, option="--guide-series")
        guide, more = inputs["guide"].load(progress=progress)
        notes = [*notes, *more]
    clock.lap("reading")
    paired = pair_up(target, guide, fine, register=request.register, seed=request.seed)
    clock.lap("registration")
    choice = _choice(request, name, paired)
    clock.lap("rehearsal")
    pair = paired.pair if choice.weights == name else Pair(target, fine)
    card, used = read_card(choice.weights), replace(paired, pair=pair)
    if pair.guide is not None or guide is None:
        notes = [*notes, *contrast_notes(card, request.contrasts, inputs), *paired.warnings]
    warnings = _warn([*choice.warnings, *notes, *card.warnings_for(pair)])
    result, evidence = _enhance(request, choice.weights, pair, progress)
    clock.lap("enhancing")
    return Enhancement(
        request, inputs, choice, card, used, result, evidence, warnings, clock.seconds
    )


def _enhance(
    request: Request, weights: str, pair: Pair, progress: Progress | None
) -> tuple[Result, Evidence]:
    """Enhance, with evidence if that is wanted."""
    cascade = _cascade(request, weights)
    how: dict[str, Any] = {"batch": request.batch, "device": request.device, "progress": progress}
    if request.evidence:
        return enhance_with_evidence(cascade, weights, pair, **how)
    return super_resolve(cascade, pair, **how), Evidence()


def _choice(request: Request, name: str, paired: Paired) -> Choice:
    """Let the guide prove itself, unless nothing else than these weights is wanted."""
    unguided = unguided_of(name)
    sure = request.weights is not None or request.keep_guide
    if request.guide is None or sure or unguided is None:
        return Choice(name, {})
    return choose(name, unguided, paired, device=request.device)


def _cascade(request: Request, name: str) -> Cascade:
    """Return the cascade of the weights with what was asked for."""
    cascade = load_weights(name)
    cascade = cascade.turned() if request.ensemble and not request.evidence else cascade
    if request.back_projection is None:
        return cascade
    return replace(cascade, back_projection=request.back_projection)


def _warn(warnings: list[str]) -> list[str]:
    """Say what the user should know before the slow part, and return it."""
    for text in warnings:
        warn(text, CrossresWarning, stacklevel=1)
    return warnings


class _Clock:
    """Seconds by step, and in all."""

    def __init__(self) -> None:
        self.start = self.last = time.perf_counter()
        self.seconds: dict[str, float] = {"total": 0.0}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step], self.seconds["total"] = now - self.last, now - self.start
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
