"""Signal equations of the two pulse sequences."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, exp, radians, sin
from typing import Literal, TypeAlias

from crossres.phantom.tissues import RELAXATION, Relaxation, Tissue
from crossres.types import SettingsError

Contrast = Literal["T1w", "T2w"]
Signals: TypeAlias = Mapping[Tissue, float]
"""Signal of each tissue, relative to white matter's; tissues that are left out are dark."""


def spoiled_gradient_echo(tissue: Relaxation, *, tr: float, te: float, flip: float) -> float:
    """Return the steady-state signal of a spoiled gradient echo.

    T2 is used for T2*, a small error at an echo time of a few ms.

    Args:
        tissue: T1 and T2 in ms, relative proton density.
        tr: Repetition time, ms.
        te: Echo time, ms.
        flip: Flip angle, degrees.

    Returns:
        Signal relative to fully relaxed water at TE 0 and 90 degrees.

    References:
        Ernst and Anderson 1966, doi 10.1063/1.1719961.
    """
    e1 = exp(-tr / tissue.t1)
    angle = radians(flip)
    steady = sin(angle) * (1 - e1) / (1 - cos(angle) * e1)
    return tissue.density * steady * exp(-te / tissue.t2)


def spin_echo(tissue: Relaxation, *, tr: float, te: float) -> float:
    """Return the signal of a spin echo, ``PD (1 - exp(-TR/T1)) exp(-TE/T2)``.

    Args:
        tissue: T1 and T2 in ms, relative proton density.
        tr: Repetition time, ms.
        te: Echo time, ms.

    Returns:
        Signal relative to fully relaxed water at TE 0.

    References:
        Hahn 1950, doi 10.1103/PhysRev.80.580.
    """
    return tissue.density * (1 - exp(-tr / tissue.t1)) * exp(-te / tissue.t2)


@dataclass(frozen=True)
class Sequence:
    """Timing of one contrast; a flip angle makes it a spoiled gradient echo, None a spin echo."""

    tr: float
    """Repetition time, ms."""
    te: float
    """Echo time, ms."""
    flip: float | None = None
    """Flip angle in degrees, or None for a spin echo."""

    def signal(self, tissue: Relaxation) -> float:
        """Return the signal of one tissue.

        Args:
            tissue: T1 and T2 in ms, relative proton density.

        Returns:
            Signal relative to fully relaxed water.
        """
        if self.flip is None:
            return spin_echo(tissue, tr=self.tr, te=self.te)
        return spoiled_gradient_echo(tissue, tr=self.tr, te=self.te, flip=self.flip)


SEQUENCES: dict[Contrast, Sequence] = {
    "T1w": Sequence(tr=7.4, te=3.0, flip=15.0),
    "T2w": Sequence(tr=2500.0, te=80.0),
}
"""The paper's timing (Iwamoto et al. 2023); the flip angle of 15 degrees is ours."""


def tissue_signals(contrast: Contrast) -> dict[Tissue, float]:
    """Return the signal of every tissue.

    Args:
        contrast: ``"T1w"`` or ``"T2w"``.

    Returns:
        Signals relative to that of white matter.

    Raises:
        SettingsError: A contrast that is not in ``SEQUENCES``.
    """
    if contrast not in SEQUENCES:
        raise SettingsError(f"contrast must be one of {', '.join(SEQUENCES)}, got {contrast!r}")
    sequence = SEQUENCES[contrast]
    white = sequence.signal(RELAXATION[Tissue.WHITE])
    return {tissue: sequence.signal(values) / white for tissue, values in RELAXATION.items()}
