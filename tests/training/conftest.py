"""Small examples, networks from one seed, and a training of four steps."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from crossres.inference import Example
from crossres.networks import GuidedRDN
from crossres.training import PatchTraining, TrainingSettings
from crossres.types import SettingsError
from crossres.volume import Grid

TINY = PatchTraining(
    patch=8, batch=2, training=TrainingSettings(steps=4, epoch=2, averaging=0.0, rate=1e-2)
)


class Maker:
    """Makes small networks from one seed, and counts them."""

    def __init__(self, *, guided: bool = True) -> None:
        self.guided, self.made = guided, 0

    def __call__(self) -> GuidedRDN:
        self.made += 1
        torch.manual_seed(0)
        return GuidedRDN(blocks=1, layers=1, width=4, guided=self.guided)


def example(seed: int = 0, *, factor: float = 2, guided: bool = True) -> Example:
    coarse = Grid((16, 14, 3), np.diag([2.0, 2.0, 3.0, 1.0]))
    fine = coarse.refined((factor, factor, 1))
    generator = torch.Generator().manual_seed(seed)
    guide = torch.rand(3, 1, *fine.shape[:2], generator=generator) if guided else None
    return Example(torch.rand(3, 1, 16, 14, generator=generator), coarse, fine, guide)


def reference(seed: int = 0, *, guided: bool = True) -> Example:
    """Return an example whose target is on the fine grid."""
    low = example(seed, guided=guided)
    generator = torch.Generator().manual_seed(seed)
    target = torch.rand(3, 1, *low.fine.shape[:2], generator=generator)
    return Example(target, low.fine, low.fine, low.guide)


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in network.state_dict().values()])


@pytest.fixture(scope="session")
def toys() -> SimpleNamespace:
    """Return small inputs for the regimes."""
    return SimpleNamespace(
        tiny=TINY, Maker=Maker, example=example, reference=reference, weights=weights
    )


@contextmanager
def refusal(message: str) -> Iterator[None]:
    with pytest.raises((SettingsError, TypeCheckError)) as caught:
        yield
    if isinstance(caught.value, SettingsError):
        assert re.search(message, str(caught.value))


@pytest.fixture(scope="session")
def refused() -> Callable[[str], AbstractContextManager[None]]:
    """Return what expects the error of a setting; type checks, if on, refuse a wrong type first."""
    return refusal


@pytest.fixture
def banks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record the banks of slices that networks are trained on, and the factors."""
    recorded = []
    train_network = PatchTraining.train_network

    def record(self: PatchTraining, network: Any, bank: Any, factor: float, **options: Any) -> Any:
        recorded.append((bank, factor))
        return train_network(self, network, bank, factor, **options)

    monkeypatch.setattr(PatchTraining, "train_network", record)
    return recorded
