"""From a folder of low-resolution scans to weights: cases to examples, learning, the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crossres.inference import Example, example_of, plane_example
from crossres.io import Case, SeriesCase
from crossres.registration import align
from crossres.types import CrossresError, Progress, SettingsError
from crossres.volume import Grid, fine_grid
from crossres.weights.card import slice_plane


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Scans ready to learn from.

    Args:
        names: The cases' names.
        examples: Their slices, in the same order.
        grids: The scans' grids and the finer ones wanted, voxel axes as in the files.
        warnings: What the user should know, with the case's name.
        simulated: Images of simulated heads to learn from besides.
    """

    names: list[str]
    examples: list[Example]
    grids: list[tuple[Grid, Grid]]
    warnings: list[str]
    simulated: list[Example] = field(default_factory=list)

    @property
    def factor(self) -> float:
        """The largest factor wanted."""
        return max(max(coarse.factors_to(fine)) for coarse, fine in self.grids)

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Least and largest spacing of the scans along the axes that get finer, mm."""
        found = [
            spacing
            for coarse, fine in self.grids
            for spacing, factor in zip(coarse.spacing, coarse.factors_to(fine), strict=True)
            if factor > 1
        ]
        return min(found), max(found)

    @property
    def across(self) -> bool:
        """Tell whether one axis gets finer, rather than the two of a plane.

        Raises:
            SettingsError: With some scans it is one, with others two.
        """
        counts = {sum(f > 1 for f in coarse.factors_to(fine)) for coarse, fine in self.grids}
        if len(counts) != 1:
            raise SettingsError(
                "some scans would get finer along one axis, others along two; learn from each "
                "kind by itself"
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
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainingSet:
    """Read every case, align its guide and cut it into slices.

    Args:
        cases: Files or series, from :mod:`crossres.io.cases`.
        factor: Factor that the weights shall serve, as :func:`crossres.volume.fine_grid` takes it.
        register: Whether to align the guides.
        seed: Of the registration.
        progress: Told (cases done, cases in all).

    Raises:
        CrossresError: A case that cannot be read or used; its name is in the message.
    """
    cohort = TrainingSet([], [], [], [])
    for number, case in enumerate(cases, start=1):
        try:
            _admit(cohort, case, factor, register, seed)
        except CrossresError as error:
            raise type(error)(f"case {case.name}: {error}") from error
        if progress is not None:
            progress(number, len(cases))
    return cohort


def _admit(
    cohort: TrainingSet, case: Case | SeriesCase, factor: Sequence[float], register: bool, seed: int
) -> None:
    """Add one case to the cohort."""
    scan, other = case.inputs
    target, notes = scan.load()
    fine = fine_grid(target.grid, factor=factor)
    guide, more = (None, []) if other is None else other.load()
    paired = align(target, guide, fine, register=register, seed=seed)
    cohort.names.append(case.name)
    cut = plane_example if sum(f > 1 for f in target.grid.factors_to(fine)) == 1 else example_of
    cohort.examples.append(cut(paired.pair))
    cohort.grids.append((target.grid, fine))
    warnings = [*notes, *more, *paired.warnings]
    cohort.warnings.extend(f"{case.name}: {text}" for text in warnings)
