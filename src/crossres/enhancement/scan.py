"""What enhancing one scan takes, from files to files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from warnings import warn

from crossres.cascade import Cascade
from crossres.enhancement.choice import Choice, choose
from crossres.enhancement.evidence import Evidence, enhance_with_evidence
from crossres.enhancement.page import page_of
from crossres.inference import Result, slice_orders, super_resolve
from crossres.io import read, sha256, write
from crossres.io.outputs import MAPS_ENDING, beside, staged, stem
from crossres.pairing import Paired, fine_grid, pair_up
from crossres.physics import BackProjection
from crossres.report.map_folder import fill_folder
from crossres.report.page import write_page
from crossres.report.provenance import sidecar, write_json
from crossres.types import CrossresWarning, Progress, WeightsError
from crossres.volume import Grid, Pair
from crossres.weights import WeightCard, load_weights, read_card, shipped_names
from crossres.weights.store import weights_path

_NEARER_TO_FOUR = 2.6
_NEARER_TO_FIVE = 3.7
_CONTRASTS = ("T1w", "T2w", "FLAIR", "PDw", "T2starw", "inplaneT1", "inplaneT2", "UNIT1")
"""Suffixes by which BIDS tells contrasts apart."""


@dataclass(frozen=True)
class Request:
    """What is to be done.

    Args:
        target: File of the contrast to sharpen.
        guide: File of the guide, or None.
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
        evidence: Tell how sure the networks are and what the guide did; takes nine times as long.
        keep_guide: Use the guide even where the scan is restored better without it.
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
    keep_guide: bool = False
    evidence: bool = False


@dataclass(frozen=True, eq=False)
class Enhancement:
    """What was done, and what came of it."""

    request: Request
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
        request, registration = self.request, self.paired.registration
        inputs = {"target": request.target, "guide": request.guide}
        settings = applied_settings(request, self.card)
        written: dict[str, object] = dict(
            sidecar(
                inputs={role: path for role, path in inputs.items() if path is not None},
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
        written["guide_left_out"] = request.guide is not None and self.pair.guide is None
        written["grids"] = {"target": _grid(self.pair.target.grid), "result": _grid(self.pair.fine)}
        written["registration"] = None if registration is None else registration.to_dict()
        return written


def applied_settings(request: Request, card: WeightCard) -> dict[str, Any]:
    """Return the settings of a request as they act: with what the weights' card fills in."""
    settings = asdict(request)
    settings = {k: v for k, v in settings.items() if k not in ("target", "guide", "weights")}
    return {**settings, "back_projection": settings["back_projection"] or card.back_projection}


def _grid(grid: Grid) -> dict[str, object]:
    return {"shape": grid.shape, "spacing_mm": grid.spacing, "affine": grid.affine}


def output_paths(output: Path, *, report: bool, maps: bool = False) -> list[Path]:
    """Return what is to be made: volume and JSON file, and if wanted the page and the maps."""
    endings = [".json", *[".html"] * report, *[MAPS_ENDING] * maps]
    stem(output)
    return [output, *(beside(output, ending) for ending in endings)]


def default_weights(factors: Sequence[float], *, guided: bool) -> str:
    """Return the name of the shipped weights for factors per axis.

    Where one axis gets finer they are the ones made for that.

    Raises:
        WeightsError: None are shipped for this kind of work.
    """
    factor, across = max(factors), sum(f > 1 for f in factors) == 1
    if across:
        kind = "through-plane-x5" if factor > _NEARER_TO_FIVE else "through-plane-x3"
    else:
        kind = "axial-x4" if factor > _NEARER_TO_FOUR else "axial-x2"
    name = f"{'t1-' if guided else ''}t2-{kind}"
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
    target = read(request.target)
    fine = fine_grid(target.grid, factor=request.factor, spacing=request.spacing)
    slice_orders(target.grid, fine)  # refuses what no network can do before the slow part
    factors = target.grid.factors_to(fine)
    name = request.weights or default_weights(factors, guided=request.guide is not None)
    check_guide(read_card(name), guided=request.guide is not None)
    guide = None if request.guide is None else read(request.guide)
    clock.lap("reading")
    paired = pair_up(target, guide, fine, register=request.register, seed=request.seed)
    clock.lap("registration")
    choice = _choice(request, name, paired)
    clock.lap("rehearsal")
    pair = paired.pair if choice.weights == name else Pair(target, fine)
    warnings = _warn(request, read_card(choice.weights), paired, pair, choice)
    result, evidence = _enhance(request, choice.weights, pair, progress)
    clock.lap("enhancing")
    card, used = read_card(choice.weights), replace(paired, pair=pair)
    return Enhancement(request, choice, card, used, result, evidence, warnings, clock.seconds)


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
    unguided = name.removeprefix("t1-")
    sure = request.weights is not None or request.keep_guide or unguided not in shipped_names()
    if request.guide is None or sure:
        return Choice(name, {})
    return choose(name, unguided, paired, device=request.device)


def _cascade(request: Request, name: str) -> Cascade:
    """Return the cascade of the weights with what was asked for."""
    cascade = load_weights(name)
    cascade = cascade.turned() if request.ensemble and not request.evidence else cascade
    if request.back_projection is None:
        return cascade
    return replace(cascade, back_projection=request.back_projection)


def _warn(
    request: Request, card: WeightCard, paired: Paired, pair: Pair, choice: Choice
) -> list[str]:
    """Say what the user should know before the slow part, and return it."""
    left_out = request.guide is not None and pair.guide is None
    notes = [] if left_out else [*_contrast_notes(card, request), *paired.warnings]
    own = [] if choice.warning is None else [choice.warning]
    warnings = [*own, *notes, *card.warnings_for(pair)]
    for text in warnings:
        warn(text, CrossresWarning, stacklevel=1)
    return warnings


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


def _contrast_notes(card: WeightCard, request: Request) -> list[str]:
    """Warn of other contrasts than the weights were made for, as far as anyone or a name says."""
    if request.contrasts is not None:
        return card.contrast_warnings(*request.contrasts)
    pairs = ((request.target, "target", card.target), (request.guide, "guide", card.guide))
    named = [
        (path.name, path.name.split(".")[0].rpartition("_")[2], role, contrast)
        for path, role, contrast in pairs
        if path is not None
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


def write_outputs(done: Enhancement, paths: Sequence[Path], *, overwrite: bool) -> None:
    """Write volume, JSON file and what else there is a path for: all of them or none."""
    with staged(paths, overwrite=overwrite) as files:
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
