"""Losses, one signature: (estimate, target) -> scalar."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from torch import Tensor
from torch.nn import functional

from crossres.checks import check_choice
from crossres.training.identity import qualified_name

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
LossName: TypeAlias = Literal["l1", "l2"]

LOSSES: dict[str, Loss] = {"l1": functional.l1_loss, "l2": functional.mse_loss}
"""Mean absolute and mean squared error (Iwamoto 2023, p = 1 and 2 in eq. 1-4)."""


def loss_function(loss: LossName | Loss) -> Loss:
    """Return a loss by its name, or the one given.

    Args:
        loss: A key of :data:`LOSSES`, or a function of estimate and target, both ``(b, 1, i, j)``,
            that returns a scalar.

    Returns:
        The function.

    Raises:
        SettingsError: An unknown name, or a callable without a name of its own.

    Example:
        >>> import torch
        >>> float(loss_function("l2")(torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), 3.0)))
        9.0
    """
    if callable(loss):
        qualified_name(loss)
        return loss
    check_choice("loss", loss, LOSSES)
    return LOSSES[loss]


def loss_name(loss: LossName | Loss) -> str:
    """Return the name of a loss for a weight card.

    Args:
        loss: A key of :data:`LOSSES`, or a function.

    Returns:
        The key, or the name of the function.

    Example:
        >>> loss_name(functional.huber_loss)
        'huber_loss'
    """
    return loss.__name__ if callable(loss) else loss
