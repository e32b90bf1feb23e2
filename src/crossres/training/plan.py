"""A recipe: a network and a regime, with every setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from crossres.checks import check_choice, check_type
from crossres.inference import Cascade, Example, compute_device
from crossres.networks import NETWORKS
from crossres.training.base import Fitted, Regime
from crossres.training.external import External
from crossres.training.identity import qualified_name
from crossres.training.supervised import Supervised
from crossres.types import Progress, SettingsError

NetworkSettings: TypeAlias = dict[str, int | bool | str]


@dataclass(frozen=True)
class Recipe:
    """A network and a regime.

    Args:
        network: Key in ``NETWORKS``, or a class or function that returns a network for the keyword
            arguments in ``settings``. A network is called with the interpolated target and the
            guide, both ``(b, 1, i, j)``, or None; it returns the estimate of the same shape. Its
            attribute ``guided`` is True if it requires the guide.
        settings: The network's constructor arguments; the weight card holds them.
        regime: What it is trained on, and for which stages.

    Raises:
        SettingsError: An unknown network, one without a name or with a name of ``NETWORKS``;
            a setting that a weight card cannot hold; no regime.

    Example:
        >>> plan = Recipe("guided-rdn", {"blocks": 1, "layers": 1, "width": 4}, External(stages=2))
        >>> plan.make().guided
        True
    """

    network: str | Callable[..., nn.Module]
    settings: NetworkSettings
    regime: Regime = field(default_factory=External)

    def __post_init__(self) -> None:
        if callable(self.network):
            qualified_name(self.network)
            name = self.network.__name__
            if NETWORKS.get(name, self.network) is not self.network:
                raise SettingsError(
                    "`network` must have a name that the package does not use, "
                    f"got {name!r}; rename it"
                )
        else:
            check_choice("network", self.network, NETWORKS)
        check_type("settings", self.settings, dict)
        for name, value in self.settings.items():
            if not isinstance(value, int | str):
                raise SettingsError(f"`settings` must hold int, bool or str, got {name}={value!r}")
        check_type("regime", self.regime, Regime)

    @property
    def network_name(self) -> str:
        """The name of the network on the weight card."""
        own = {network: name for name, network in NETWORKS.items()}
        if not callable(self.network):
            return self.network
        return own.get(self.network, self.network.__name__)

    def make(self) -> nn.Module:
        """Return a new network; the training's seed decides its initial weights.

        Returns:
            The network, on the CPU.

        Raises:
            SettingsError: A callable that returns no network.
        """
        torch.manual_seed(self.regime.learning.training.seed)
        make = self.network if callable(self.network) else NETWORKS[self.network]
        network = make(**self.settings)
        check_type("network", network, nn.Module)
        return network

    def fit(
        self,
        examples: Sequence[Example],
        *,
        simulated: Sequence[Example] = (),
        folder: Path | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Fitted:
        """Train the network on low-resolution examples.

        Args:
            examples: Low-resolution slices, about 0-1 (:func:`crossres.inference.example_of`); all
                of one factor.
            simulated: Slices of simulated images to train on too, each on its own grid.
            folder: Folder where checkpoints are kept and resumed from; None for no checkpoint.
            device: "auto", "cpu", "cuda", "cuda:0" and so on, or "mps".
            progress: Called with (step, steps) of each stage that is trained.

        Returns:
            The cascade, and the loss curve of each trained stage.

        Raises:
            SettingsError: No example, factors that differ, a checkpoint of another training, or a
                device that is absent.
            VolumeError: Nothing but background.
            OutOfTime: A time limit came first.

        Example:
            >>> import numpy as np
            >>> from crossres.training import recipe
            >>> from crossres.volume import Grid
            >>> coarse = Grid((64, 64, 2), np.eye(4))
            >>> fine = coarse.refined((2, 2, 1))
            >>> image = Example(torch.rand(2, 1, 64, 64), coarse, fine, torch.rand(2, 1, 128, 128))
            >>> small = replace(recipe("default", 2.0, steps=2), settings={"blocks": 1, "width": 4})
            >>> cascade, curves = small.fit([image])
            >>> cascade.stage_factor, [len(curve) for curve in curves]
            (2.0, [1])
        """
        place = compute_device(device)

        def make() -> nn.Module:
            return self.make().to(place)

        placed, extra = (
            [_on_device(example, place) for example in given] for given in (examples, simulated)
        )
        return self.regime.fit(make, placed, simulated=extra, folder=folder, progress=progress)

    def cascade(self, networks: Sequence[nn.Module], factor: float) -> Cascade:
        """Return the cascade of networks of this recipe.

        Args:
            networks: One, or one per stage.
            factor: The total factor, above 1.

        Returns:
            The cascade.
        """
        return self.regime.learning.cascade(networks, factor ** (1 / self.regime.stages))

    def restored(self, states: Sequence[dict[str, Tensor]], factor: float) -> Cascade:
        """Return the cascade of networks whose states were kept.

        Args:
            states: The ``state_dict`` of each network.
            factor: The total factor, above 1.

        Returns:
            The cascade, ready for inference.
        """
        networks = [self.make().eval().requires_grad_(False) for _ in states]
        for network, state in zip(networks, states, strict=True):
            network.load_state_dict(state)
        return self.cascade(networks, factor)

    @property
    def supervised(self) -> Supervised:
        """The same training on references (eq. 1, 2), which are used as they are."""
        return Supervised(replace(self.regime.learning, deblur_noise=0.0))

    def with_learning(self, **changes: Any) -> Recipe:
        """Return the recipe with other settings of patches and their degradation.

        Args:
            changes: Fields of :class:`PatchTraining`.

        Returns:
            The copy.

        Raises:
            SettingsError: A value outside its range.
        """
        learning = replace(self.regime.learning, **changes)
        return replace(self, regime=replace(self.regime, learning=learning))

    def with_training(self, **changes: Any) -> Recipe:
        """Return the recipe with other training settings.

        Args:
            changes: Fields of :class:`TrainingSettings`.

        Returns:
            The copy.

        Raises:
            SettingsError: A value outside its range.
        """
        return self.with_learning(training=replace(self.regime.learning.training, **changes))

    def with_augmentation(self, **changes: Any) -> Recipe:
        """Return the recipe with other variation of the patches.

        Args:
            changes: Fields of :class:`Augmentation`.

        Returns:
            The copy.

        Raises:
            SettingsError: A value outside its range.
        """
        augmentation = replace(self.regime.learning.augmentation, **changes)
        return self.with_learning(augmentation=augmentation)

    def with_stages(self, stages: int) -> Recipe:
        """Return the recipe with another number of stages.

        Args:
            stages: Stages of the cascade, at least 1.

        Returns:
            The copy.

        Raises:
            SettingsError: A number below 1, or a regime whose number of stages is fixed.
        """
        if "stages" not in {each.name for each in fields(self.regime)}:
            regime = type(self.regime).__name__
            raise SettingsError(f"`stages` must be left out: {regime} trains {self.regime.stages}")
        return replace(self, regime=replace(self.regime, stages=stages))


def _on_device(example: Example, device: str) -> Example:
    guide = None if example.guide is None else example.guide.to(device)
    return replace(example, target=example.target.to(device), guide=guide)
