"""The shipped model of errors: from local features to their expected size, and from scale to scale.

A network of one hidden layer returns the logarithm of the mean absolute error in a voxel from its
:mod:`features <crossres.inference.error_features>`. It ranks the voxels of a scan; the size of the
errors of one scan is measured in its self-validation, one scale below. From there to the fine grid
leads a power law that is about the same for all scans: the transfer.
``python -m studies.error_model`` fits all of it on training subjects.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, astuple, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor

from crossres.inference.error_features import Features
from crossres.types import Slices

ModelName: TypeAlias = Literal[
    "guided, in the plane", "unguided, in the plane", "guided, across slices",
    "unguided, across slices",
]  # fmt: skip
_FILE = "error_model.json"
_ARRAYS = ("mean", "scale", "hidden", "out")
REACH = 3.0
"""Standard deviations from their means within which features are used. Those beyond were rare in
the fit."""


@dataclass(frozen=True)
class Transfer:
    """Errors relative to their prediction: on the fine grid, from the same one scale below.

    On the fine grid they are ``deviation * below**power``, and likewise the quantile.

    Args:
        deviation: Of a scan whose RMS is 1 one scale below: the RMS on the fine grid.
        quantile: The same of the 90 % quantile.
        power: How much a scan differs from others on the fine grid, in logarithms, over how much
            one scale below, 0 to 1.
    """

    deviation: float
    quantile: float
    power: float


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """The model of one kind of enhancement.

    Args:
        name: Which kind.
        mean: Of each feature on the training subjects.
        scale: Standard deviation of each.
        hidden: Weights of the hidden layer, ``(units, features + 1)``, the bias last.
        out: Weights of the output, ``(units + 1,)``, the bias last.
        transfers: By the factor at which they were measured.
    """

    name: str
    mean: Tensor
    scale: Tensor
    hidden: Tensor
    out: Tensor
    transfers: dict[float, Transfer]

    def size(self, features: Features) -> Slices:
        """Return the expected absolute error, but for the factor of the scan.

        Args:
            features: From :func:`crossres.inference.error_features.error_features`.

        Returns:
            ``(n, 1, i, j)``, above 0, as a share of the intensity scale.
        """
        inputs = ((features.movedim(1, -1) - self.mean) / self.scale).clamp(-REACH, REACH)
        units = torch.tanh(inputs @ self.hidden[:, :-1].T + self.hidden[:, -1])
        return torch.exp(units @ self.out[:-1] + self.out[-1])[:, None]

    def transfer(self, factor: float) -> Transfer:
        """Return the transfer at a factor, interpolated between those that were measured.

        Args:
            factor: Fine voxels per voxel of the scan.

        Returns:
            The transfer; beyond the factors that were measured that of the nearest one.
        """
        known = sorted(self.transfers)
        values = [astuple(self.transfers[each]) for each in known]
        at = math.log(factor), np.log(known)
        return Transfer(*(float(np.interp(*at, column)) for column in zip(*values, strict=True)))

    @classmethod
    def from_dict(cls, name: str, content: dict[str, Any]) -> ErrorModel:
        """Return the model that JSON describes.

        Args:
            name: Which kind.
            content: As :meth:`to_dict` returns it.

        Returns:
            The model.
        """
        mean, scale, hidden, out = (torch.tensor(content[part]) for part in _ARRAYS)
        transfers = {float(f): Transfer(**one) for f, one in content["transfers"].items()}
        return cls(name, mean, scale, hidden, out, transfers)

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values.

        Returns:
            Weights, rounded to four digits, and transfers by factor.
        """
        parts = {part: getattr(self, part) for part in _ARRAYS}
        transfers = {
            f"{factor:g}": {name: round(value, 4) for name, value in asdict(one).items()}
            for factor, one in self.transfers.items()
        }
        return {
            **{part: np.round(x.double().numpy(), 4).tolist() for part, x in parts.items()},
            "transfers": transfers,
        }


def model_name(*, guided: bool, axes: int) -> ModelName:
    """Return which model describes the errors of networks.

    Args:
        guided: Whether they use a guide.
        axes: Coarse axes of their slices, 1 or 2.

    Returns:
        The name.

    Example:
        >>> model_name(guided=False, axes=1)
        'unguided, across slices'
    """
    return get_args(ModelName)[(not guided) + 2 * (axes == 1)]  # type: ignore[no-any-return]


@lru_cache(maxsize=4)
def error_model(name: ModelName) -> ErrorModel:
    """Return a shipped model.

    Args:
        name: From :func:`model_name`.

    Returns:
        The model.

    Example:
        >>> sorted(error_model("guided, in the plane").transfers)
        [2.0, 4.0]
    """
    content = json.loads(files("crossres.inference").joinpath(_FILE).read_text())
    return ErrorModel.from_dict(name, content[name])
