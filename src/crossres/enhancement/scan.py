"""What enhancing one scan takes, from files to files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from warnings import warn

from crossres.enhancement.dicom import write_dicom
from crossres.enhancement.page import page_of
from crossres.inference import Result, slice_order, super_resolve
from crossres.io import Input, find_input, sha256, write
from crossres.io.outputs import beside, folder_name, is_folder, staged, stem
from crossres.pairing import Paired, fine_grid, pair_up
from crossres.physics import BackProjection
from crossres.report.page import write_page
from crossres.report.provenance import sidecar, write_json
from crossres.types import CrossresWarning, Progress, WeightsError
from crossres.volume import Grid, Pair
from crossres.weights import WeightCard, load_weights, read_card, shipped_names
from crossres.weights.store import weights_path

_NEARER_TO_FOUR = 2.6
_NOT_SETTINGS = ("target", "guide", "series", "guide_series", "weights")
_CONTRASTS = ("T1w", "T2w", "FLAIR", "PDw", "T2starw", "inplaneT1", "inplaneT2", "UNIT1")
"""Suffixes by which BIDS tells contrasts apart."""


@dataclass(frozen=True)
class Request:
    """What is to be done.

    Args:
        target: File or DICOM folder of the contrast to sharpen.
        guide: File or DICOM folder of the guide, or None.
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm.
        weights: Name or file; None chooses shipped ones.
        register: Whether to align the guide.
        batch: Slices at a time; None for what suits the device.
        device: Where the networks run.
        seed: Of the registration.
        back_projection: Instead of the one on the weights' card; None keeps that.
        contrasts: What target and guide show, as BIDS writes it; None where nobody said.
        ensemble: Take the mean over eight positions of each slice.
        series: Which series of the target's folder, if it is one.
        guide_series: Which series of the guide's folder, if it is one.
    """

    target: Path
    guide: Path | None
    factor: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    weights: str | None
    register: bool
    batch: int | None
    device: str
    seed: int
    back_projection: BackProjection | None = None
    contrasts: tuple[str, str | None] | None = None
    ensemble: bool = False
    series: str | None = None
    guide_series: str | None = None


@dataclass(frozen=True, eq=False)
class Enhancement:
    """What was done, and what came of it."""

    request: Request
    inputs: Mapping[str, Input]
    weights: str
    card: WeightCard
    paired: Paired
    result: Result
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
            return "none"
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
        written["weights_sha256"] = sha256(weights_path(self.weights))
        written["grids"] = {"target": _grid(self.pair.target.grid), "result": _grid(self.pair.fine)}
        written["registration"] = None if registration is None else registration.to_dict()
        return written


def applied_settings(request: Request, card: WeightCard) -> dict[str, Any]:
    """Return the settings of a request as they act: with what the weights' card fills in."""
    settings = asdict(request)
    settings = {k: v for k, v in settings.items() if k not in _NOT_SETTINGS}
    return {**settings, "back_projection": settings["back_projection"] or card.back_projection}


def _grid(grid: Grid) -> dict[str, object]:
    return {"shape": grid.shape, "spacing_mm": grid.spacing, "affine": grid.affine}


def output_paths(output: Path, *, report: bool, dicom: bool = False) -> list[Path]:
    """Return the files to be made: the volume, the JSON file, and the page if wanted.

    Args:
        output: A NIfTI file, or where ``dicom`` is True a folder of slices.
        report: Whether the page is wanted.
        dicom: Whether the target is DICOM.

    Raises:
        FileFormatError: A name with another ending.
    """
    endings = (".json", ".html") if report else (".json",)
    if dicom and is_folder(output):
        return [output, *(folder_name(output).with_name(output.name + end) for end in endings)]
    stem(output)
    return [output, *(beside(output, ending) for ending in endings)]


def default_weights(factor: float, *, guided: bool) -> str:
    """Return the name of the shipped weights for a factor.

    Raises:
        WeightsError: None are shipped for this kind of work.
    """
    start = "t1-t2-axial" if guided else "t2-axial"
    name = f"{start}-x{4 if factor > _NEARER_TO_FOUR else 2}"
    if name not in shipped_names():
        remedy = "give --weights" if guided else "give a --guide"
        raise WeightsError(
            f"no weights {name!r} in the package; {remedy}, or train your own with "
            f"`crossres train{'' if guided else ' --guide none'}`"
        )
    return name


def carry_out(request: Request, *, progress: Progress | None = None) -> Enhancement:
    """Enhance one scan, without writing anything; warn before the slow part.

    Raises:
        CrossresError: Whatever in the request or the files cannot be used.
    """
    clock = _Clock()
    inputs = {"target": find_input(request.target, request.series, option="--series")}
    target, notes = inputs["target"].load(progress=progress)
    fine = fine_grid(target.grid, factor=request.factor, spacing=request.spacing)
    slice_order(target.grid, fine)  # refuses what no network can do before the slow part
    factor = max(target.grid.factors_to(fine))
    name = request.weights or default_weights(factor, guided=request.guide is not None)
    card, cascade = read_card(name), load_weights(name)
    cascade = cascade.turned() if request.ensemble else cascade
    if request.back_projection is not None:
        cascade = replace(cascade, back_projection=request.back_projection)
    check_guide(card, guided=request.guide is not None)
    guide = None
    if request.guide is not None:
        inputs["guide"] = find_input(request.guide, request.guide_series, option="--guide-series")
        guide, more = inputs["guide"].load(progress=progress)
        notes = [*notes, *more]
    clock.lap("reading")
    paired = pair_up(target, guide, fine, register=request.register, seed=request.seed)
    clock.lap("registration")
    warnings = [
        *notes, *_contrast_notes(card, request.contrasts, inputs), *paired.warnings,
        *card.warnings_for(paired.pair),
    ]  # fmt: skip
    for text in warnings:
        warn(text, CrossresWarning, stacklevel=1)
    result = super_resolve(
        cascade, paired.pair, batch=request.batch, device=request.device, progress=progress
    )
    clock.lap("enhancing")
    return Enhancement(request, inputs, name, card, paired, result, warnings, clock.seconds)


def check_guide(card: WeightCard, *, guided: bool) -> None:
    """Refuse weights that want a guide where there is none, and a guide that would be ignored.

    Raises:
        WeightsError: They do not go together.
    """
    if card.guide is None and guided:
        raise WeightsError(
            f"weights {card.name!r} use no guide; leave --guide out, or choose others"
        )
    if card.guide is not None and not guided:
        raise WeightsError(f"weights {card.name!r} need a {card.guide} guide; give --guide")


def _contrast_notes(
    card: WeightCard, contrasts: tuple[str, str | None] | None, inputs: Mapping[str, Input]
) -> list[str]:
    """Warn of other contrasts than the weights were made for, as far as anyone or a name says."""
    if contrasts is not None:
        return card.contrast_warnings(*contrasts)
    wanted = {"target": card.target, "guide": card.guide}
    named = [
        (found.name, found.name.split(".")[0].rpartition("_")[2], role, wanted[role])
        for role, found in inputs.items()
    ]
    return [
        f"{name} is named a {suffix}, but the weights want a {contrast} as their {role}"
        for name, suffix, role, contrast in named
        if suffix in _CONTRASTS and suffix != contrast
    ]


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
    """Write volume, JSON file and, if a third path is given, the page: all of them or none."""
    folder = is_folder(paths[0])
    with staged(paths, overwrite=overwrite, folder=folder) as files:
        if folder:
            write_dicom(done, files[0], progress=progress)
        else:
            write(done.result.volume, files[0])
        write_json(done.content, files[1])
        for page in files[2:]:
            write_page(page_of(done), page)
