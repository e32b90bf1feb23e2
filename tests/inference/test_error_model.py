"""The shipped models are complete, and their predictions and transfers behave."""

import json
from typing import get_args

import pytest
import torch

from crossres.inference.error_features import FEATURES, GUIDE_FEATURES
from crossres.inference.error_model import (
    REACH,
    ErrorModel,
    ModelName,
    Transfer,
    error_model,
    model_name,
)

NAMES = get_args(ModelName)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_has_a_model_for_its_features(name: ModelName) -> None:
    model = error_model(name)
    count = len(FEATURES) + name.startswith("guided") * len(GUIDE_FEATURES)
    assert model.mean.shape == model.scale.shape == (count,)
    size = model.size(model.mean.expand(1, 3, 4, count).movedim(-1, 1))
    assert size.shape == (1, 1, 3, 4)
    assert 1e-3 < float(size.mean()) < 0.2
    expected = {2.0, 4.0} if name.endswith("plane") else {3.0, 5.0}
    assert set(model.transfers) == expected


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_larger_where_more_detail_was_added_at_steeper_edges(name: ModelName) -> None:
    model = error_model(name)
    low, high = model.mean.clone(), model.mean.clone()
    low[:6] -= model.scale[:6]
    high[:6] += model.scale[:6]
    both = (model.size(each[None, :, None, None]) for each in (low, high))
    small, large = both
    assert float(large) > 2 * float(small)


def test_names_of_models() -> None:
    assert [
        model_name(guided=guided, axes=axes) for axes in (2, 1) for guided in (True, False)
    ] == list(NAMES)


def test_transfers_are_interpolated_between_the_factors_measured() -> None:
    model = error_model("guided, in the plane")
    known = [model.transfer(factor) for factor in (2.0, 4.0)]
    assert model.transfer(1.5) == known[0]
    assert model.transfer(16.0) == known[1]
    between = model.transfer(3.0)
    for part in ("deviation", "quantile", "power"):
        ends = sorted(getattr(each, part) for each in known)
        assert ends[0] <= getattr(between, part) <= ends[1]


def test_features_beyond_those_of_the_fit_change_nothing() -> None:
    model = error_model("unguided, across slices")
    end = model.mean + REACH * model.scale
    beyond = torch.stack([end, end + 5 * model.scale]).T[None, :, :, None]
    at_the_end, further = model.size(beyond).flatten()
    torch.testing.assert_close(at_the_end, further)


def test_a_model_survives_json() -> None:
    model = ErrorModel(
        "mine", torch.zeros(2), torch.ones(2), torch.rand(4, 3), torch.rand(5),
        {2.0: Transfer(1.5, 1.25, 0.5)},
    )  # fmt: skip
    again = ErrorModel.from_dict("mine", json.loads(json.dumps(model.to_dict())))
    features = torch.rand(1, 2, 5, 5)
    torch.testing.assert_close(again.size(features), model.size(features), rtol=1e-3, atol=0)
    assert again.transfers == model.transfers
