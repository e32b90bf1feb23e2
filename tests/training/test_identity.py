"""An option that is added later, at its default, changes no address and no purpose."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from torch.nn import functional

from crossres.training import External, PatchTraining, Recipe, ThroughPlane
from crossres.training.identity import non_default, qualified_name
from crossres.types import SettingsError


@dataclass(frozen=True)
class Inner:
    width: int
    turns: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=lambda: Inner(3))
    rate: float = 0.1


def test_an_option_at_its_default_leaves_the_address() -> None:
    assert non_default(Outer()) == {}
    assert non_default(Inner(3)) == {"width": 3}
    assert non_default(Outer(Inner(4, (2,)), 0.2)) == {
        "inner": {"width": 4, "turns": (2,)},
        "rate": 0.2,
    }
    assert non_default({"blocks": 4}) == {"blocks": 4}


def test_no_noise_leaves_the_purpose_of_checkpoints() -> None:
    assert non_default(PatchTraining(added_noise=(0.0, 0.0))) == {}
    assert non_default(PatchTraining(added_noise=(0.0, 0.03))) == {"added_noise": (0.0, 0.03)}


@dataclass(frozen=True)
class Other(Inner):
    """Another class with the same fields."""


@dataclass(frozen=True)
class Custom(External):
    """A regime from outside the package."""


def loss(estimate: Any, target: Any) -> Any: ...


def test_a_class_that_replaces_the_default_is_part_of_the_address() -> None:
    assert non_default(Outer(Other(3))) == {"inner": {"class": f"{__name__}.Other", "width": 3}}


def test_regimes_of_the_package_have_their_fields_alone() -> None:
    """Addresses of results were made before other regimes could be given."""
    learning = PatchTraining(batch=4)
    for regime in (External(learning), ThroughPlane(learning)):
        assert non_default(Recipe("zssr", {}, regime))["regime"] == {"learning": {"batch": 4}}
    custom = non_default(Recipe("zssr", {}, Custom(learning)))["regime"]
    assert custom == {"class": f"{__name__}.Custom", "learning": {"batch": 4}}


def test_classes_and_functions_have_their_qualified_name() -> None:
    assert non_default(loss) == f"{__name__}.loss"
    assert non_default(Recipe(functional.huber_loss, {}))["network"] == (
        "torch.nn.functional.huber_loss"
    )


@pytest.mark.parametrize("nameless", [lambda: None, 3, "text"])
def test_what_has_no_name_is_refused(nameless: Any) -> None:
    with pytest.raises(SettingsError, match="define a function or a class"):
        qualified_name(nameless)


def test_a_closure_has_no_stable_name() -> None:
    def scaled(weight: float) -> Callable[[float], float]:
        def loss(value: float) -> float:
            return weight * value

        return loss

    with pytest.raises(SettingsError, match="depends on variables around it"):
        qualified_name(scaled(100))
