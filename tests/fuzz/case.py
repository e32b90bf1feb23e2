"""What a case is: mutated inputs, the commands that read them, and what may come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Meaning(StrEnum):
    """What a mutation does to the meaning of a file."""

    HARMLESS = "harmless"
    """The file is valid and means the same: it has to be read, and the result is the same."""
    SAME = "same"
    """Either refused, or the result is that of the file without the mutation."""
    LOUD = "loud"
    """The file contradicts itself, or is damaged: refused, or read with a warning."""
    EITHER = "either"
    """Nobody can know: no traceback, hang, memory or leftover; finite values if there are any."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The image that a file holds.

    Args:
        data: Voxels, ``(i, j, k)``.
        affine: From voxels to RAS+ mm, 4 x 4.
        place_only: Whether the values are unknown and only the place in the world is checked.
    """

    data: NDArray[Any]
    affine: NDArray[np.float64]
    place_only: bool = False

    def corners(self) -> NDArray[np.float64]:
        """Return the outer corners of the first and last voxels in mm, ``(8, 3)``."""
        ends = np.stack(np.meshgrid(*[(-0.5, n - 0.5) for n in self.data.shape], indexing="ij"), -1)
        corners: NDArray[np.float64] = ends.reshape(-1, 3) @ self.affine[:3, :3].T
        return corners + self.affine[:3, 3]


@dataclass(frozen=True)
class Command:
    """One command, run in the folder for outputs.

    Args:
        words: Words after ``crossres``; or "read" or "fetch" with a path (see ``server``).
        volume: Name of the volume that it writes, to be compared with the truth; None for none.
        truth: The image that it reads or enhances; None where it is not known.
        checks: Further checks of what is there after exit code 0: each returns a complaint, or "".
        lists: Whether it reads no image, so that it may succeed on a contradiction.
        may_leave: Patterns of files that may be there after a refusal.
    """

    words: tuple[str, ...]
    volume: str | None = None
    truth: Truth | None = None
    checks: tuple[Callable[[Path], str], ...] = ()
    lists: bool = False
    may_leave: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Case:
    """Mutated inputs on disk, and the commands that read them.

    Args:
        changes: The mutations, in words.
        meaning: What they do to the meaning of the input.
        commands: Run in turn, each whatever came of the one before.
    """

    changes: tuple[str, ...]
    meaning: Meaning
    commands: tuple[Command, ...]


@dataclass
class Bench:
    """Where a case is made and run.

    Args:
        root: A new folder.
        templates: Folder of inputs and earlier results that cases copy.
        random: Generator of the case.
    """

    root: Path
    templates: Path
    random: np.random.Generator
    inputs: Path = field(init=False)
    outputs: Path = field(init=False)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.inputs, self.outputs, self.log = (self.root / n for n in ("in", "out", "log"))
        for folder in (self.inputs, self.outputs, self.log):
            folder.mkdir(parents=True)

    def choose(self, options: Any) -> Any:
        """Return one of the options, of any type."""
        options = list(options)
        return options[int(self.random.integers(len(options)))]


Make = Callable[[Bench], Case]
"""Writes the inputs of a case into a bench."""
