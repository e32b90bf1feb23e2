"""Shape aliases and error classes that every other module may use.

Axes are ``(i, j, k)`` everywhere, batches ``(b, c, i, j)`` or ``(b, c, i, j, k)``, lengths in mm,
world coordinates RAS+. In the aliases lower-case ``i j k`` are axes of the coarse grid and
upper-case ``I J K`` those of the fine grid, so that one signature can hold both.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Real

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # importing torch takes seconds, and grids and volumes need none of it

Shape3: TypeAlias = tuple[int, int, int]
"""Number of voxels along i, j, k."""
Order: TypeAlias = tuple[int, int, int]
"""An order of the voxel axes: a permutation of 0, 1, 2."""
Flips: TypeAlias = tuple[bool, bool, bool]
"""Which of the voxel axes are reversed."""
Triple: TypeAlias = tuple[float, float, float]
"""One number for each of i, j, k, or for R, A, S."""
Affine: TypeAlias = Float[np.ndarray, "4 4"]
"""From voxel indices, at voxel centres, to RAS+ mm."""
AnyAffine: TypeAlias = Real[np.ndarray, "4 4"]
"""An affine as users give it, of integers too."""
Points: TypeAlias = Float[np.ndarray, "n 3"]
"""World coordinates, RAS+ mm."""
Array3: TypeAlias = Float[np.ndarray, "i j k"]
"""Intensities of a volume."""
AnyArray3: TypeAlias = Real[np.ndarray, "i j k"]
"""Intensities as users give them, of integers too."""
Mask3: TypeAlias = Bool[np.ndarray, "i j k"]
"""Marked voxels of a volume."""
FineMask: TypeAlias = Bool[np.ndarray, "I J K"]
"""Marked voxels of the fine grid, beside arrays on the coarse one."""
Coarse: TypeAlias = Float[Tensor, "n 1 i j"]
"""Slices of the target on its coarse grid, about 0-1."""
Fine: TypeAlias = Float[Tensor, "n 1 I J"]
"""Slices on the fine grid: the guide, or an estimate, about 0-1."""
Slices: TypeAlias = Float[Tensor, "n 1 _ _"]
"""Slices on any grid, about 0-1."""
AnySlices: TypeAlias = Float[Tensor, "_ 1 _ _"]
"""Slices of one subject among several, each with a number and a grid of its own."""
Stacked: TypeAlias = Float[Tensor, "n c i j"]
"""Slices with any number of channels, all on one grid."""
SliceMask: TypeAlias = Bool[Tensor, "n 1 i j"]
"""Marked pixels of slices."""
PerSlice: TypeAlias = Float[Tensor, " n"]
"""One number per slice."""
CoarseBatch: TypeAlias = Float[Tensor, "b c i j *k"]
"""Slices or volumes on the coarse grid, any intensities."""
FineBatch: TypeAlias = Float[Tensor, "b c I J *K"]
"""Slices or volumes on the fine grid, any intensities."""
Space: TypeAlias = Literal["unknown", "scanner", "aligned", "talairach", "mni"]
"""What world coordinates mean: the xform code of NIfTI."""
Trust: TypeAlias = Literal["sform", "qform"]
"""Which place of a NIfTI header is used where its two forms contradict each other."""
Precision: TypeAlias = Literal["float32", "bfloat16"]
"""Numbers that networks compute in at inference."""
Progress: TypeAlias = Callable[[int, int], None]
"""Called with (steps done, total steps) by anything that may take over two seconds."""


class CrossresError(Exception):
    """Base of every error that a user can correct; its message is one line with the remedy.

    A name in backticks within the message is a parameter of the library: the command line replaces
    it by its own option.
    """


class GridError(CrossresError, ValueError):
    """A grid is impossible, or two grids do not belong together."""


class VolumeError(CrossresError, ValueError):
    """Image data cannot be used (NaN, empty, wrong number of dimensions)."""


class FileFormatError(CrossresError, ValueError):
    """A file is not of the format that its name states, or is damaged."""


class MissingPackageError(CrossresError, ImportError):
    """A package of an extra of the installation is missing."""


class OutputExistsError(CrossresError, FileExistsError):
    """An output exists and overwriting was not requested."""


class OutputWriteError(CrossresError, OSError):
    """An output cannot be written (folder missing or read-only, disk full)."""


class RegistrationError(CrossresError, RuntimeError):
    """Guide and target cannot be aligned."""


class SettingsError(CrossresError, ValueError):
    """A setting is outside its range, or contradicts another."""


class TrainingError(CrossresError, ArithmeticError):
    """A training has diverged: a loss or a weight is not finite."""


class WeightsError(CrossresError, ValueError):
    """Weights are unknown, damaged or do not fit the network."""


class CrossresWarning(UserWarning):
    """A property of the input or of the result that limits its use; the result is still made."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error is about memory, from any library.

    torch has an error of its own for a full GPU. For the memory of the computer it raises a plain
    one, as ITK does, which is recognised by its text.

    Args:
        error: Any error.

    Returns:
        True if there was not enough memory.

    Example:
        >>> is_out_of_memory(MemoryError())
        True
    """
    named = type(error).__name__ == "OutOfMemoryError"  # known without importing torch
    allocator = isinstance(error, RuntimeError) and "allocate memory" in str(error)
    return isinstance(error, MemoryError) or named or allocator
