"""Shape aliases and error classes that every other module may use.

Axes are ``(i, j, k)`` everywhere, batches ``(b, c, i, j)`` or ``(b, c, i, j, k)``, lengths in mm,
world coordinates RAS+.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

Shape3: TypeAlias = tuple[int, int, int]
Triple: TypeAlias = tuple[float, float, float]
Affine: TypeAlias = Float[np.ndarray, "4 4"]
Array3: TypeAlias = Float[np.ndarray, "i j k"]
Mask3: TypeAlias = NDArray[np.bool_]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with (steps done, steps in all) by anything that may take over two seconds."""


class CrossresError(Exception):
    """Base of every error that a user can put right; its message is one line with the remedy."""


class GridError(CrossresError, ValueError):
    """A grid is impossible, or two grids do not belong together."""


class VolumeError(CrossresError, ValueError):
    """Image data cannot be used (NaN, empty, wrong number of dimensions)."""


class FileFormatError(CrossresError, ValueError):
    """A file is not what its name says, or is damaged."""


class OutputExistsError(CrossresError, FileExistsError):
    """An output is in the way and overwriting was not asked for."""


class OutputWriteError(CrossresError, OSError):
    """An output cannot be written (folder missing or read-only, disk full)."""


class RegistrationError(CrossresError, RuntimeError):
    """Guide and target cannot be brought together."""


class SettingsError(CrossresError, ValueError):
    """A setting is outside what makes sense."""


class WeightsError(CrossresError, ValueError):
    """Weights are unknown, damaged or do not fit the network."""


class CrossresWarning(UserWarning):
    """Something the user should know about a result that was nevertheless made."""
