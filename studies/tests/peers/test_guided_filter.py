"""A target that is a straight line of its guide is restored; flat guides leave interpolation."""

import pytest
import torch
from studies.peers.guided_filter import GuidedFilter

from crossres.phantom import make_pair
from crossres.physics import Acquisition, BackProjection
from crossres.types import SettingsError


def _images() -> tuple[Acquisition, torch.Tensor]:
    guide, _ = make_pair(0, shape=(32, 36, 2), spacing=5.0)
    acquisition = Acquisition(guide.grid, guide.grid.coarsened((2, 2, 1)))
    slices = torch.from_numpy(guide.data / guide.data.max()).permute(2, 0, 1)[:, None]
    return acquisition, slices


def test_a_straight_line_of_the_guide_is_restored() -> None:
    acquisition, guide = _images()
    truth = 0.2 + 0.7 * guide
    low = acquisition.forward(truth)
    found = GuidedFilter(ridge=1e-12).enhance(low, guide, acquisition.coarse, acquisition.fine)
    cubic = acquisition.upsample(low)
    assert (found - truth).abs().mean() < 0.1 * (cubic - truth).abs().mean()


def test_constants_are_kept() -> None:
    acquisition, guide = _images()
    low = torch.full_like(acquisition.forward(guide), 0.4)
    found = GuidedFilter().enhance(low, guide, acquisition.coarse, acquisition.fine)
    torch.testing.assert_close(found, torch.full_like(guide, 0.4), rtol=1e-4, atol=1e-4)


def test_with_a_projection_the_result_explains_the_scan() -> None:
    acquisition, guide = _images()
    low = acquisition.forward(1 - guide.square())
    grids = acquisition.coarse, acquisition.fine
    plain, projected = (
        acquisition.forward(GuidedFilter(BackProjection(kind)).enhance(low, guide, *grids)) - low
        for kind in ("none", "exact")
    )
    assert projected.abs().mean() < 0.2 * plain.abs().mean()


def test_a_guide_is_required() -> None:
    acquisition, guide = _images()
    low = acquisition.forward(guide)
    with pytest.raises(SettingsError, match="needs a guide"):
        GuidedFilter().ready().enhance(low, None, acquisition.coarse, acquisition.fine)
