"""Scans of a folder, aligned and cut into the slices that a recipe is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from crossres.inference import Example, example_of, plane_example
from crossres.inference.plane_profile import profile_notes, without_zero_filling
from crossres.inference.prepared_scan import prepare
from crossres.inference.settings import PlaneProfileName
from crossres.io import Case, SeriesCase
from crossres.registration import align
from crossres.training.external import ALIKE
from crossres.types import CrossresError, Progress, SettingsError, Trust
from crossres.volume import Grid, fine_grid
from crossres.weights.card import slice_plane
from crossres.workflows.train.preparation import Preparation, preparation_notes

Grids: TypeAlias = tuple[Grid, Grid]
"""The grid of a scan, and the finer one."""


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Scans ready for training.

    Args:
        names: The cases' names.
        examples: Their slices, in the same order.
        grids: The grids of the scans and the finer ones, voxel axes as in the files.
        warnings: Sentences for the user, each with the case's name.
        simulated: Slices of simulated heads to train on too.
        preparations: What was done to the scans before, in the same order; none where they were
            not read from files.
    """

    names: tuple[str, ...]
    examples: tuple[Example, ...]
    grids: tuple[Grids, ...]
    warnings: tuple[str, ...] = ()
    simulated: tuple[Example, ...] = ()
    preparations: tuple[Preparation, ...] = ()

    @property
    def factor(self) -> float:
        """The largest factor from a scan to its finer grid."""
        return max(max(coarse.factors_to(fine)) for coarse, fine in self.grids)

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Least and largest spacing of the scans along the axes that get finer, mm."""
        spacings = [
            spacing
            for coarse, fine in self.grids
            for spacing, factor in zip(coarse.spacing, coarse.factors_to(fine), strict=True)
            if factor > 1
        ]
        return min(spacings), max(spacings)

    @property
    def profile(self) -> tuple[float, float]:
        """Least and largest width of the profile along the axes that get finer, in voxels."""
        widths = [
            width / spacing
            for coarse, fine in self.grids
            for width, spacing, factor in zip(
                coarse.fwhm, coarse.spacing, coarse.factors_to(fine), strict=True
            )
            if factor > 1
        ]
        return min(widths), max(widths)

    @property
    def across(self) -> bool:
        """Whether one axis gets finer, rather than the two of a plane.

        Raises:
            SettingsError: One axis gets finer in some scans, two in others.
        """
        counts = {sum(f > 1 for f in coarse.factors_to(fine)) for coarse, fine in self.grids}
        if len(counts) != 1:
            raise SettingsError(
                "some scans would get finer along one axis, others along two; train on each kind "
                "separately"
            )
        return counts == {1}

    @property
    def plane(self) -> str:
        """The plane in which all scans get finer, or "any"."""
        planes = {slice_plane(coarse, fine) for coarse, fine in self.grids}
        return planes.pop() if len(planes) == 1 and "mixed" not in planes else "any"


def load_training_set(
    cases: Sequence[Case | SeriesCase],
    *,
    factor: Sequence[float],
    register: bool = True,
    trust: Trust | None = None,
    plane_profile: PlaneProfileName = "measured",
    denoise: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainingSet:
    """Read every case, align its guide, prepare it as at inference, and cut it into slices.

    Args:
        cases: Files or series, from :mod:`crossres.io.cases`.
        factor: Factor that the weights are for, as :func:`crossres.volume.fine_grid` takes it.
        register: Whether to align the guides.
        trust: Which of sform and qform of a NIfTI file is used where they differ.
        plane_profile: Profile of the scans' voxels in the plane, as ``EnhanceSettings`` has it.
        denoise: Whether noisy scans are denoised; False uses them as they are.
        seed: Seed of the registration, at least 0.
        progress: Called with (cases done, cases in all).

    Returns:
        The training set, in the order of the cases.

    Raises:
        CrossresError: A case that cannot be read or used; its name is in the message.
    """
    loaded = []
    for number, case in enumerate(cases, start=1):
        try:
            loaded.append(_load(case, factor, register, trust, plane_profile, denoise, seed))
        except CrossresError as error:
            raise type(error)(f"case {case.name}: {error}") from error
        if progress is not None:
            progress(number, len(cases))
    names = tuple(case.name for case in cases)
    preparations = tuple(each.preparation for each in loaded)
    notes = preparation_notes(names, preparations)
    found = TrainingSet(
        names=names,
        examples=tuple(each.example for each in loaded),
        grids=tuple(each.grids for each in loaded),
        warnings=(*(text for each in loaded for text in each.warnings), *notes),
        preparations=preparations,
    )
    _check_samples(found)
    return found


def _check_samples(training_set: TrainingSet) -> None:
    """Refuse zero-filled scans among others: their acquired samples get finer by more."""
    factors = [max(coarse.factors_to(fine)) for coarse, fine in training_set.grids]
    filled = [each.samples is not None for each in training_set.preparations]
    if not any(filled) or max(factors) <= ALIKE * min(factors):
        return
    named = zip(training_set.names, factors, strict=True)
    raise SettingsError(
        "the acquired samples of zero-filled scans get finer by another factor than other scans: "
        f"{', '.join(f'{name} {factor:.3g}' for name, factor in named)}; train on each kind "
        "separately, or use all voxels as they are with `plane_profile=gaussian`"
    )


class _Loaded(NamedTuple):
    """The slices of one case, its grids, what was done to it, and warnings with its name."""

    example: Example
    grids: Grids
    preparation: Preparation
    warnings: list[str]


def _load(
    case: Case | SeriesCase,
    factor: Sequence[float],
    register: bool,
    trust: Trust | None,
    plane_profile: PlaneProfileName,
    denoise: bool,
    seed: int,
) -> _Loaded:
    target_input, guide_input = case.inputs
    read, warnings = target_input.load(trust=trust)
    fine = fine_grid(read.grid, factor=factor)
    target, filled = without_zero_filling(read, fine, plane_profile)
    notes = [*filled, *profile_notes(target.grid, fine, plane_profile)]
    guide, more = (None, []) if guide_input is None else guide_input.load(trust=trust)
    aligned = align(target, guide, fine, register=register, seed=seed)
    noise = None if denoise else 0.0
    scan = prepare(aligned.pair, noise=noise, plane_profile=plane_profile)
    texts = (*warnings, *more, *notes, *scan.notes, *aligned.warnings)
    cut = plane_example if sum(f > 1 for f in read.grid.factors_to(fine)) == 1 else example_of
    return _Loaded(
        cut(scan.pair),
        (scan.pair.target.grid, fine),
        Preparation.of(read.grid, scan),
        [f"{case.name}: {text}" for text in texts],
    )
