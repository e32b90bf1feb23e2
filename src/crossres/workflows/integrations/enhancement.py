"""The arguments of ``crossres.enhance`` that a transform keeps between the scans."""

from __future__ import annotations

from dataclasses import dataclass

from crossres.inference.method import DEFAULTS
from crossres.inference.settings import EnhanceSettings
from crossres.volume import Volume
from crossres.volume.target_grid import Numbers
from crossres.workflows.enhance import enhance
from crossres.workflows.enhance.arguments import Contrasts, Weights


@dataclass(frozen=True)
class Enhancement:
    """How scans are enhanced.

    Args:
        factor: As :func:`crossres.enhance` takes it.
        spacing: As :func:`crossres.enhance` takes it, instead of the factor.
        weights: As :func:`crossres.enhance` takes them.
        contrasts: Contrast of target and guide as BIDS writes them.
        settings: The other settings.
    """

    factor: Numbers | None = None
    spacing: Numbers | None = None
    weights: Weights = ()
    contrasts: Contrasts | None = None
    settings: EnhanceSettings = DEFAULTS

    def apply(self, target: Volume, guide: Volume | None = None) -> Volume:
        """Return a scan after it was enhanced.

        Args:
            target: The scan.
            guide: A scan of another contrast, on any grid, or None.

        Returns:
            The result.

        Raises:
            CrossresError: Scans or arguments that cannot be used.
        """
        done = enhance(
            target, guide, factor=self.factor, spacing=self.spacing, weights=self.weights,
            contrasts=self.contrasts, settings=self.settings,
        )  # fmt: skip
        return done.volume
