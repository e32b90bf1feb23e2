"""The names of results: those of their targets, with the requested resolution."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from crossres.io import BidsDataset
from crossres.types import FileFormatError
from crossres.volume import Grid
from crossres.volume.size_text import size_text
from crossres.volume.target_grid import check_resolution
from crossres.workflows.cohort.outcome import Outcome
from crossres.workflows.cohort.pairs import Match, Selection, find_matches


@dataclass(frozen=True)
class Resolution:
    """The requested resolution, which is the same for all cases of a run.

    Args:
        factor: One or three factors, or None.
        spacing: Instead: one or three spacings in mm. Without both each result is isotropic.
    """

    factor: tuple[float, ...] | None = None
    spacing: tuple[float, ...] | None = None

    def check(self) -> None:
        """Refuse a request that would fail for every case.

        Raises:
            SettingsError: Both factor and spacing, a factor out of range, or spacings that are not
                one number or three above 0 mm.
        """
        if not self.is_open:
            check_resolution(self.factor, self.spacing)

    @property
    def is_open(self) -> bool:
        """Whether neither factor nor spacing is given."""
        return self.factor is None and self.spacing is None

    @property
    def label(self) -> str:
        """The label of the BIDS entity ``res``, such as ``x4``, ``1x1x4mm`` or ``iso``.

        Example:
            >>> Resolution(factor=(4.0, 4.0, 1.0)).label, Resolution(spacing=(0.8,)).label
            ('x4x4x1', '0p8mm')
            >>> Resolution().label
            'iso'
        """
        if self.is_open:
            return "iso"
        if self.spacing is not None:
            return f"{_product(self.spacing)}mm"
        return f"x{_product(self.factor or ())}"

    def described(self, grid: Grid) -> str:
        """Return the meaning of the label, for ``Resolution`` in a sidecar.

        Args:
            grid: Of the result.

        Returns:
            One sentence.
        """
        if self.is_open:
            return f"{voxels_of(grid)} (requested: isotropic, as far as the weights are for that)"
        name, numbers = (
            ("factor", self.factor) if self.spacing is None else ("spacing", self.spacing)
        )
        return f"{voxels_of(grid)} (requested: {name} {','.join(f'{n:g}' for n in numbers or ())})"


def voxels_of(grid: Grid) -> str:
    """Return the size of the voxels of a grid as text.

    Args:
        grid: Any grid.

    Returns:
        The size along i, j and k.

    Example:
        >>> import numpy as np
        >>> voxels_of(Grid((4, 4, 4), np.diag([1.0, 1.0, 2.5, 1.0])))
        'Voxels of 1 x 1 x 2.5 mm'
    """
    return f"Voxels of {size_text(grid.spacing, digits=4)}"


def output_volume(match: Match, out: Path, resolution: Resolution) -> Path:
    """Return the result of a case: the name of its target with ``res`` and ``desc-sr``.

    Args:
        match: The case.
        out: Folder of the derivatives.
        resolution: The requested resolution.

    Returns:
        The path of the volume, in the same place as the target.
    """
    stem = f"{_stem(match)}_res-{resolution.label}_desc-sr_{match.target.suffix}"
    return out / match.target.place.parent / f"{stem}.nii.gz"


def distinct_matches(
    dataset: BidsDataset, selection: Selection
) -> tuple[list[Match], list[Outcome]]:
    """Find the cases of a dataset whose results have different names.

    Args:
        dataset: The BIDS dataset.
        selection: The requested scans.

    Returns:
        The cases, and a failure for each target without a definite guide or name.

    Raises:
        FileFormatError: The dataset has no target.
        SettingsError: A suffix, an entity or a label that the dataset or BIDS does not have.
    """
    matches, failures = find_matches(dataset, selection)
    makers: dict[PurePath, list[Match]] = {}
    for match in matches:
        makers.setdefault(match.target.place.parent / _stem(match), []).append(match)
    apart = [ones[0] for ones in makers.values() if len(ones) == 1]
    clashing = [match for ones in makers.values() if len(ones) > 1 for match in ones]
    return apart, failures + [
        Outcome.failed(
            match.name,
            FileFormatError(f"several targets would make {_stem(match)}; choose one by `filters`"),
        )
        for match in clashing
    ]


def _stem(match: Match) -> str:
    """Return the name of a case without the entities that its result has of its own."""
    return re.sub(r"_(res|desc)-[^_]+", "", match.name)


def _product(numbers: Sequence[float]) -> str:
    """Return numbers in the characters that BIDS allows in a label."""
    return "x".join(f"{number:g}".replace(".", "p") for number in numbers)
