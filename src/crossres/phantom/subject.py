"""What differs between heads: sizes, widths and random fields, all drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossres.phantom.fields import Field, smooth_field, wave_field
from crossres.types import Triple

_STREAMS = (
    "sizes",
    "outline",
    "thickness",
    "bumps",
    "folds",
    "folds_fine",
    "depth",
    "vessels",
    "grain",
    "septa",
    "texture",
)


@dataclass(frozen=True)
class Subject:
    """One head's sizes (mm) and fields, drawn from a seed.

    Args:
        seed: 0 or more.
    """

    seed: int

    def rng(self, stream: str) -> np.random.Generator:
        """Return the generator of one named stream; streams are independent of each other.

        Args:
            stream: Its name.

        Returns:
            A new generator.
        """
        return np.random.default_rng([self.seed, _STREAMS.index(stream)])

    @cached_property
    def _draws(self) -> np.ndarray:
        return self.rng("sizes").uniform(-1, 1, 9)

    @property
    def scale(self) -> Triple:
        """Size along x, y, z relative to the mean head."""
        x, y, z = (1 + 0.035 * self._draws[:3]).tolist()
        return (x, y - 0.01, z)

    @property
    def ventricle_size(self) -> float:
        """Factor on the radii of the ventricles."""
        return float(1.15 * 1.35 ** self._draws[3])

    @property
    def sulcus_width(self) -> float:
        """Width of a sulcus at its bottom, mm."""
        return float(1.0 + 0.35 * self._draws[4] + 0.25 * (self.ventricle_size - 1))

    @property
    def cortex_thickness(self) -> float:
        """Mean thickness of the cortex, mm."""
        return float(2.7 + 0.2 * self._draws[5])

    @property
    def fold_wavelength(self) -> float:
        """Twice the distance between neighbouring sulci, mm."""
        return float(20 + 1.5 * self._draws[6])

    @property
    def skull_thickness(self) -> float:
        """Mean thickness of the vault, mm."""
        return float(6.2 + 0.9 * self._draws[7])

    @property
    def fat_thickness(self) -> float:
        """Mean thickness of the fat under the skin of the scalp, mm."""
        return float(3.2 + 1.2 * self._draws[8])

    @cached_property
    def outline(self) -> Field:
        """Slow variation of the brain's outline."""
        return smooth_field(self.rng("outline"), 42)

    @cached_property
    def thickness(self) -> Field:
        """Slow variation of layers: skull, fat, cortex."""
        return smooth_field(self.rng("thickness"), 18)

    @cached_property
    def bumps(self) -> Field:
        """Unevenness of every inner surface."""
        return smooth_field(self.rng("bumps"), 7)

    @cached_property
    def folds(self) -> Field:
        """Field whose zero sheets are the sulci."""
        return wave_field(self.rng("folds"), self.fold_wavelength)

    @cached_property
    def folds_fine(self) -> Field:
        """Wiggles of the sulci."""
        return wave_field(self.rng("folds_fine"), 0.5 * self.fold_wavelength)

    @cached_property
    def depth(self) -> Field:
        """Variation of the depth of the sulci."""
        return smooth_field(self.rng("depth"), 14)

    @cached_property
    def vessels(self) -> tuple[Field, Field]:
        """Two fields; vessels run where both are zero."""
        rng = self.rng("vessels")
        return wave_field(rng, 17), wave_field(rng, 17)

    @cached_property
    def grain(self) -> Field:
        """Trabeculae of the skull and lobules of fat."""
        return smooth_field(self.rng("grain"), 2.5)

    @cached_property
    def septa(self) -> Field:
        """Field whose zero sheets separate the muscles."""
        return wave_field(self.rng("septa"), 19, bandwidth=0.5)

    @cached_property
    def texture(self) -> Field:
        """Variation of the proton density within a tissue."""
        return smooth_field(self.rng("texture"), 4)
