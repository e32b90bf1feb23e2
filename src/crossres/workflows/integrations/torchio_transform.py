"""A TorchIO transform: one image of a subject is enhanced, guided by another."""

from __future__ import annotations

from typing import Any

import numpy as np
import torchio

from crossres.inference.method import DEFAULTS
from crossres.inference.settings import EnhanceSettings
from crossres.types import SettingsError
from crossres.volume.target_grid import Numbers
from crossres.workflows.enhance.arguments import Contrasts, Weights
from crossres.workflows.integrations.channel_image import tensor_of, volume_of
from crossres.workflows.integrations.enhancement import Enhancement


class SuperResolution(torchio.Transform):  # type: ignore[misc]
    """Enhance one image of a subject by :func:`crossres.enhance`.

    Args:
        target: Name of the image that is enhanced; the result takes its place.
        guide: Name of the image of another contrast, on any grid, or None.
        factor: As :func:`crossres.enhance` takes it.
        spacing: As :func:`crossres.enhance` takes it, instead of the factor.
        weights: As :func:`crossres.enhance` takes them.
        contrasts: Contrast of target and guide as BIDS writes them, such as ("T2w", "T1w").
        settings: The other settings.
        **rest: Arguments of ``torchio.Transform``, such as ``keep={"t2": "t2_as_acquired"}``.

    Raises:
        CrossresError: When it is applied: an image is missing, or cannot be used.

    Example:
        >>> import numpy as np, torchio, torch
        >>> scan = torchio.ScalarImage(tensor=torch.rand(1, 24, 24, 4))
        >>> transform = SuperResolution("t2", factor=(2, 2, 1))
        >>> transform(torchio.Subject(t2=scan))["t2"].shape  # doctest: +SKIP
        (1, 48, 48, 4)
    """

    def __init__(
        self,
        target: str,
        guide: str | None = None,
        *,
        factor: Numbers | None = None,
        spacing: Numbers | None = None,
        weights: Weights = (),
        contrasts: Contrasts | None = None,
        settings: EnhanceSettings = DEFAULTS,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self.target, self.guide = target, guide
        self.enhancement = Enhancement(factor, spacing, weights, contrasts, settings)
        # TorchIO reads the arguments of the history by name.
        self.__dict__.update(vars(self.enhancement))
        self.args_names = ["target", "guide", *vars(self.enhancement)]

    def apply_transform(self, subject: torchio.Subject) -> torchio.Subject:
        """Enhance the image of a subject.

        Args:
            subject: With target and guide.

        Returns:
            The same subject, with the result in the place of the target.

        Raises:
            CrossresError: An image is missing, or cannot be used.
        """
        names = [name for name in (self.target, self.guide) if name is not None]
        if missing := [name for name in names if name not in subject]:
            raise SettingsError(
                f"the subject has no image {missing[0]!r}; it has {', '.join(map(repr, subject))}"
            )
        scan, *guide = (volume_of(subject[n].data, subject[n].affine, n) for n in names)
        # TorchIO raises where NumPy divides by zero, which is handled within.
        with np.errstate(all="ignore"):
            done = self.enhancement.apply(scan, *guide)
        result = torchio.ScalarImage(tensor=tensor_of(done), affine=done.affine)
        subject.add_image(result, self.target)
        return subject
