"""Scans of a folder, aligned and cut into the slices that a recipe is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from crossres.inference import Example, example_of, plane_example
from crossres.io import Case, SeriesCase
from crossres.registration import align
from crossres.types import CrossresError, Progress, SettingsError, Trust
from crossres.volume import Grid, background_of, fine_grid
from crossres.weights.card import slice_plane

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
    """

    names: tuple[str, ...]
    examples: tuple[Example, ...]
    grids: tuple[Grids, ...]
    warnings: tuple[str, ...] = ()
    simulated: tuple[Example, ...] = ()

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
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainingSet:
    """Read every case, align its guide and cut it into slices.

    Args:
        cases: Files or series, from :mod:`crossres.io.cases`.
        factor: Factor that the weights are for, as :func:`crossres.volume.fine_grid` takes it.
        register: Whether to align the guides.
        trust: Which of sform and qform of a NIfTI file is used where they differ.
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
            loaded.append(_load(case, factor, register, trust, seed))
        except CrossresError as error:
            raise type(error)(f"case {case.name}: {error}") from error
        if progress is not None:
            progress(number, len(cases))
    return TrainingSet(
        names=tuple(case.name for case in cases),
        examples=tuple(example for example, _, _ in loaded),
        grids=tuple(grids for _, grids, _ in loaded),
        warnings=tuple(text for _, _, warnings in loaded for text in warnings),
    )


def _load(
    case: Case | SeriesCase,
    factor: Sequence[float],
    register: bool,
    trust: Trust | None,
    seed: int,
) -> tuple[Example, Grids, list[str]]:
    """Return the slices of one case, its grids, and warnings with its name."""
    target_input, guide_input = case.inputs
    target, warnings = target_input.load(trust=trust)
    fine = fine_grid(target.grid, factor=factor)
    guide, more = (None, []) if guide_input is None else guide_input.load(trust=trust)
    aligned = align(target, guide, fine, register=register, seed=seed)
    cut = plane_example if sum(f > 1 for f in target.grid.factors_to(fine)) == 1 else example_of
    notes = background_of(target.data).notes("the target")
    texts = [f"{case.name}: {text}" for text in (*warnings, *more, *notes, *aligned.warnings)]
    return cut(aligned.pair), (target.grid, fine), texts
