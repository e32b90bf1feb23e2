"""Pseudo-targets: on every finer grid, drawn as often as the scans, consistent with them."""

from dataclasses import replace

import pytest
import torch

from crossres.physics import Acquisition, consistency
from crossres.training import External
from crossres.training import pseudo_targets as module
from crossres.training.pseudo_targets import pseudo_targets
from crossres.types import SettingsError


def test_there_is_one_on_the_grid_of_every_stage(toys) -> None:
    example = toys.example(factor=4)
    found = pseudo_targets([example], 2, blurred=False)
    assert [grid.shape for _, grid, _ in found] == [(32, 28, 3), (64, 56, 3)]
    assert [tuple(image.shape) for image, _, _ in found] == [(3, 2, 32, 28), (3, 2, 64, 56)]


def test_the_finest_one_has_the_guide_itself_and_explains_the_scan(toys) -> None:
    example = replace(toys.example(factor=2), target=0.5 + toys.example().target / 5)
    [(image, grid, _)] = pseudo_targets([example], 1, blurred=False)
    assert torch.equal(image[:, 1:], example.guide)
    assert consistency(Acquisition(grid, example.coarse), image[:, :1], example.target) < 0.01


def test_the_coarser_ones_are_scans_of_the_finest(toys) -> None:
    example = toys.example(factor=4)
    (between, grid, _), (finest, fine, _) = pseudo_targets([example], 2, blurred=False)
    torch.testing.assert_close(between, Acquisition(fine, grid).forward(finest))


def test_blurred_ones_have_lost_detail_on_the_fine_grid_alone(toys) -> None:
    example = toys.example(factor=4)
    sharp, blurred = (pseudo_targets([example], 2, blurred=b) for b in (False, True))
    torch.testing.assert_close(sharp[0][0], blurred[0][0])
    rough, smooth = (image.diff(dim=-1).std() for image in (sharp[1][0], blurred[1][0]))
    assert smooth < 0.8 * rough


def test_each_grid_has_as_many_places_as_the_scan(toys) -> None:
    example = toys.example(factor=4)
    places = [
        density * image.shape[2] * image.shape[3]
        for image, _, density in pseudo_targets([example], 2, blurred=False)
    ]
    assert places == [16 * 14] * 2


def test_many_slices_are_thinned_and_weigh_as_much(toys, monkeypatch) -> None:
    cohort = [toys.example(n, factor=4) for n in range(2)]
    monkeypatch.setattr(module, "MOST_SLICES", 2)
    found = pseudo_targets(cohort, 2, blurred=False)
    assert [len(image) for image, _, _ in found] == [1] * 4
    assert [density for _, _, density in found] == [3 / 4, 3 / 16] * 2


def test_without_a_guide_there_is_none(toys) -> None:
    assert pseudo_targets([toys.example(guided=False)], 1, blurred=False) == []


def test_a_shared_network_is_trained_on_them_if_requested(toys, banks) -> None:
    cohort = [toys.example(0, factor=4), toys.example(1, factor=4)]
    External(toys.tiny, stages=2, pseudo_targets=True).fit(toys.Maker(), cohort)
    [(bank, _)] = banks
    assert len(bank.slices) == 6 + 2 * 6
    assert bank.slices.shape[2:] == (64, 56)


def test_retrained_stages_have_none() -> None:
    with pytest.raises(SettingsError, match="`pseudo_targets` must be False"):
        External(stages=2, shared=False, pseudo_targets=True)
