"""Losses, one signature: (estimate, target) -> scalar."""

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor
from torch.nn import functional

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]

LOSSES: dict[str, Loss] = {"l1": functional.l1_loss, "l2": functional.mse_loss}
"""Mean absolute and mean squared error (Iwamoto 2023, p = 1 and 2 in eq. 1-4)."""
