"""A network, a loss and a regime of the user's are trained, saved, loaded and applied."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from crossres.inference import Example, example_of, super_resolve
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.training import External, Fitted, MakeNetwork, PatchTraining, Recipe, TrainingSettings
from crossres.types import Progress, SettingsError, WeightsError
from crossres.volume import Pair
from crossres.weights import load_weights, read_card, save_weights
from crossres.workflows.train import CardEntries, TrainingSet, fit_recipe, weight_card


class MyNet(nn.Module):
    """Two convolutions of the interpolated target beside its guide."""

    guided = True

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, width, 3, padding=1)
        self.last = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, upsampled: Tensor, guide: Tensor) -> Tensor:
        features = self.first(torch.cat([upsampled, guide], dim=1))
        return upsampled + self.last(features.relu())


def charbonnier(estimate: Tensor, target: Tensor) -> Tensor:
    return ((estimate - target).square() + 1e-6).sqrt().mean()


@dataclass(frozen=True)
class FirstOnly:
    """Train on the first example alone."""

    learning: PatchTraining = field(default_factory=PatchTraining)
    stages: int = 1

    @property
    def sources(self) -> tuple[str, ...]:
        return ("nothing but the first",)

    def fit(
        self,
        make: MakeNetwork,
        examples: Sequence[Example],
        *,
        simulated: Sequence[Example] = (),
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Fitted:
        regime = External(self.learning, self.stages)
        return regime.fit(make, examples[:1], folder=folder, progress=progress)


TRAINING = TrainingSettings(steps=3, epoch=3, loss=charbonnier)
PLAN = Recipe(MyNet, {"width": 6}, FirstOnly(PatchTraining(patch=8, batch=2, training=TRAINING)))


@pytest.fixture(scope="module")
def pair() -> Pair:
    guide, reference = make_pair(1, shape=(44, 52, 44), spacing=4.0, slices=(20, 23))
    target = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    return Pair(target, reference.grid, guide)


@pytest.fixture(scope="module")
def trained(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder, example = tmp_path_factory.mktemp("custom"), example_of(pair)
    scans = TrainingSet(("one", "two"), (example,) * 2, ((example.coarse, example.fine),) * 2)
    cascade, curves = fit_recipe(scans, PLAN, work=folder / "work")
    entries = CardEntries("mine", "T2w", "T1w", "a digital phantom", "")
    path = folder / "mine.safetensors"
    save_weights(cascade, weight_card(scans, PLAN, cascade, curves, entries), path)
    return SimpleNamespace(scans=scans, cascade=cascade, path=path, work=folder / "work")


def test_loaded_weights_give_the_same_estimate(pair: Pair, trained: SimpleNamespace) -> None:
    loaded = load_weights(trained.path, networks={"MyNet": MyNet})
    estimate, same = (super_resolve(each, pair).volume for each in (trained.cascade, loaded))
    assert (estimate.data == same.data).all()
    assert estimate.grid == pair.fine


def test_the_card_names_network_and_loss(trained: SimpleNamespace) -> None:
    card = read_card(trained.path)
    assert (card.network, card.network_settings) == ("MyNet", {"width": 6})
    assert list(card.results) == ["charbonnier loss at the end, stage 1"]
    assert card.description.endswith("scans and nothing but the first")


def test_without_the_network_the_error_names_it(trained: SimpleNamespace) -> None:
    with pytest.raises(WeightsError, match=r"no network 'MyNet' in the package.*networks="):
        load_weights(trained.path)


def test_the_record_names_network_loss_and_regime(trained: SimpleNamespace) -> None:
    record = (trained.work / "training.json").read_text()
    names = ("MyNet", "charbonnier", "FirstOnly")
    assert [name for name in names if f'"{__name__}.{name}"' not in record] == []
    calls: list[tuple[int, int]] = []
    fit_recipe(trained.scans, PLAN, work=trained.work, progress=lambda *now: calls.append(now))
    assert calls == [], "a finished training is not repeated"


def test_another_regime_with_the_same_fields_is_another_training(trained: SimpleNamespace) -> None:
    other = replace(PLAN, regime=External(PLAN.regime.learning))
    with pytest.raises(SettingsError, match="other settings or cases"):
        fit_recipe(trained.scans, other, work=trained.work)
