"""Shape aliases and error classes that every other module may use.

Axes are ``(i, j, k)`` everywhere, batches ``(b, c, i, j)`` or ``(b, c, i, j, k)``, lengths in mm,
world coordinates RAS+. In the aliases lower-case ``i j`` are axes of the coarse grid and upper-case
``I J`` those of the fine grid, so that one signature can hold a scan beside its guide.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # importing torch takes seconds, and grids and volumes need none of it

Shape3: TypeAlias = tuple[int, int, int]
Triple: TypeAlias = tuple[float, float, float]
Affine: TypeAlias = Float[np.ndarray, "4 4"]
Points: TypeAlias = Float[np.ndarray, "n 3"]
"""World coordinates, RAS+ mm."""
Array3: TypeAlias = Float[np.ndarray, "i j k"]
Mask3: TypeAlias = NDArray[np.bool_]
Coarse: TypeAlias = Float[Tensor, "n 1 i j"]
"""Slices of the target on its coarse grid, about 0-1."""
Fine: TypeAlias = Float[Tensor, "n 1 I J"]
"""Slices on the fine grid: the guide, or an estimate, about 0-1."""
Slices: TypeAlias = Float[Tensor, "n 1 _ _"]
"""Slices on any grid, about 0-1."""
Stacked: TypeAlias = Float[Tensor, "n c i j"]
"""Slices with one channel (target) or two (target, guide), all on one grid."""
Space: TypeAlias = Literal["unknown", "scanner", "aligned", "talairach", "mni"]
"""What world coordinates mean: the xform code of NIfTI."""
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
    """A file is not what its name says, or is damaged."""


class OutputExistsError(CrossresError, FileExistsError):
    """An output exists and overwriting was not requested."""


class OutputWriteError(CrossresError, OSError):
    """An output cannot be written (folder missing or read-only, disk full)."""


class RegistrationError(CrossresError, RuntimeError):
    """Guide and target cannot be aligned."""


class SettingsError(CrossresError, ValueError):
    """A setting is outside its range, or contradicts another."""


class WeightsError(CrossresError, ValueError):
    """Weights are unknown, damaged or do not fit the network."""


class CrossresWarning(UserWarning):
    """A property of the input or the result that the user should know; the result is still made."""
