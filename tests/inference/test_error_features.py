"""Features: of one voxel each, without a direction, and shifted by a change of scale."""

import numpy as np
import pytest
import torch

from crossres.inference.error_features import FEATURES, GUIDE_FEATURES, error_features
from crossres.volume import Grid

GRID = Grid((24, 24, 2), np.eye(4))
IMAGES = torch.rand(3, 2, 1, 24, 24, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("guided", [True, False])
def test_there_is_a_channel_for_each_name(guided: bool) -> None:
    x, u, g = IMAGES
    found = error_features(x, u, g if guided else None, GRID, factor=2)
    assert found.shape == (2, len(FEATURES) + guided * len(GUIDE_FEATURES), 24, 24)
    assert found.isfinite().all()


def test_features_turn_with_the_slice() -> None:
    x, u, g = IMAGES
    turned = error_features(*(torch.rot90(each, 1, (2, 3)) for each in (x, u, g)), GRID, factor=2)
    expected = torch.rot90(error_features(x, u, g, GRID, factor=2), 1, (2, 3))
    torch.testing.assert_close(turned, expected, rtol=1e-3, atol=2e-3)


def test_detail_grows_with_what_was_added() -> None:
    x, u, g = IMAGES
    names = list(FEATURES)
    small, large = (error_features(u + size * (x - u), u, g, GRID, factor=2) for size in (0.5, 1.0))
    for name in ("detail, near", "detail, far"):
        channel = names.index(name)
        difference = (large - small)[:, channel]
        assert difference.min() > 0
        assert float(difference.mean()) == pytest.approx(np.log(2), abs=0.05)


def test_across_slices_only_the_coarse_axis_has_a_gradient() -> None:
    flat = torch.linspace(0, 1, 24).expand(1, 1, 24, 24)  # changes along j
    gradient = list(FEATURES).index("gradient")
    plane, across = (
        error_features(flat, flat, None, GRID, factor=3, axes=axes)[0, gradient, 12, 12]
        for axes in (2, 1)
    )
    assert across < plane
    assert float(across) == pytest.approx(np.log(2e-3), abs=1e-3)


def test_without_a_guide_the_features_are_the_first_ones() -> None:
    x, u, g = IMAGES
    both = error_features(x, u, g, GRID, factor=2)[:, : len(FEATURES)]
    torch.testing.assert_close(both, error_features(x, u, None, GRID, factor=2))
