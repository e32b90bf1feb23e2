"""Every number of a card has a range; outside of it, and in other kinds, cards are refused."""

import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from crossres.types import WeightsError
from crossres.weights import WeightCard, load_weights, read_card
from weights_files import change_card

SETTINGS = {"blocks": 1, "layers": 1, "width": 4, "norm": "none", "guided": True}
WRONG: list[dict[str, Any]] = [
    *({"stage_factor": value} for value in (1, 0.5, -2, 1.0000001, 1.01, 101, 1e300, "2", True)),
    *({"stage_factor": value} for value in (math.nan, math.inf, None, [2.0])),
    *({"deblur_noise": value} for value in (-1.0, 1e7, 1e300, math.nan, math.inf, True, "0")),
    *({"axes": value} for value in (0, 3, -1, 1.5, True, 10**30, math.nan)),
    *({"networks": value} for value in (0, -1, 17, 10**9, 1.5, True)),
    *({"factors": value} for value in ([4, 2], [0.5, 2], [2], [2, 1e9], [2, math.nan], 2)),
    *({"spacing_mm": value} for value in ([2, 1], [0, 1], [-1, 1], [1, 1e9], [1, math.inf])),
    *({"version": value} for value in (0, -1, 1.5, True, "2", 10**9, None)),
    *({"seed": value} for value in (-1, 2**64, 1.5, True)),
    *({"network_settings": {**SETTINGS, "layers": value}} for value in (10**5, -(10**9), 1.5)),
    *(
        {"back_projection": value}
        for value in (
            {"kind": "both"}, {"strength": 1}, {"kind": "iterative", "steps": 10**9}, {"steps": 0},
            {"steps": 1.5}, {"steps": True}, {"noise": 1e300}, {"noise": -1}, {"noise": math.nan},
            {"between": "no"}, {"between": 2}, [], None,
        )
    ),
    *({"plane": value} for value in ("oblique", 1, None)),
    {"name": 5}, {"results": {"psnr": 30}}, {"surprise": 1},
]  # fmt: skip


@pytest.fixture
def weights(tmp_path: Path, tiny_weights: SimpleNamespace) -> Path:
    """Copy tiny weights to a folder of the test's own."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(tiny_weights.guided.read_bytes())
    return path


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_card_with_an_impossible_entry_is_refused_with_its_name(
    weights: Path, wrong: dict[str, Any], unchecked: None
) -> None:
    change_card(weights, **wrong)
    for action in (read_card, load_weights):
        start = time.monotonic()
        with pytest.raises(WeightsError, match="is not a crossres weights file; train") as caught:
            action(weights)
        assert time.monotonic() - start < 5
        assert "\n" not in str(caught.value)
        (entry,) = wrong
        named = (entry, "stages of", "back-projection")
        assert any(word in str(caught.value) for word in named), str(caught.value)


@pytest.mark.parametrize("wrong", [{"stage_factor": math.nan}, {"axes": 3}, {"networks": 0}])
def test_a_card_is_not_made_with_an_impossible_entry(
    tiny_weights: SimpleNamespace, wrong: dict[str, Any]
) -> None:
    card = read_card(tiny_weights.guided).model_dump()
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        WeightCard.model_validate({**card, **wrong})


@pytest.mark.parametrize(
    "right",
    [
        {"stage_factor": 1.5}, {"stage_factor": 2}, {"stage_factor": 100.0}, {"deblur_noise": 0},
        {"axes": 1}, {"factors": [1, 1000]}, {"spacing_mm": [0.01, 100]}, {"seed": 2**63 - 1},
        {"back_projection": {"kind": "iterative", "steps": 100, "between": 0}},
        {"back_projection": {}}, {"plane": "any"},
    ],
    ids=str,
)  # fmt: skip
def test_the_ends_of_the_ranges_are_accepted(weights: Path, right: dict[str, Any]) -> None:
    change_card(weights, **right)
    assert len(load_weights(weights).networks) == 1


@pytest.mark.parametrize("name", ["blocks", "layers", "width"])
@pytest.mark.parametrize("size", [9, 1000, 10_000])
def test_a_larger_network_than_the_file_holds_is_not_made(
    weights: Path, name: str, size: int
) -> None:
    change_card(weights, network_settings={**SETTINGS, name: size})
    start = time.monotonic()
    with pytest.raises(WeightsError, match="do not fit the network 'guided-rdn' of their card"):
        load_weights(weights)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("network", ["srcnn", "dcsrn", "mdcsrn", "recnn", "zssr"])
@pytest.mark.parametrize(
    "settings",
    [
        {}, {"middle": 9999}, {"layers": 10_000}, {"width": 10_000}, {"growth": 10_000},
        {"units": 10_000}, {"blocks": 10_000}, {"widths": "ab"}, {"dims": 4}, {"width": "8"},
        {"width": -10_000}, {"growth": 0},
    ],
    ids=str,
)  # fmt: skip
def test_another_network_than_that_of_the_file(
    weights: Path, network: str, settings: dict[str, Any]
) -> None:
    change_card(weights, network=network, network_settings=settings)
    with pytest.raises(WeightsError, match=f"do not fit the network '{network}' of their card"):
        load_weights(weights)


def test_a_card_that_contradicts_its_network_about_the_guide(weights: Path) -> None:
    change_card(weights, guide=None)
    with pytest.raises(WeightsError, match="one of them has a guide, the other has none"):
        load_weights(weights)
