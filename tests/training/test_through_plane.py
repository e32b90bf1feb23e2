"""Through-plane training takes the detail in the plane and degrades one axis of it."""

from dataclasses import replace

import pytest
import torch

from crossres.training import Augmentation, ThroughPlane
from crossres.types import SettingsError


def thick(toys, seed=0):
    """Return slices in the plane, three times thicker than the fine grid; the guide likewise."""
    example = toys.example(seed)
    fine = example.coarse.refined((1, 1, 3))
    return replace(example, fine=fine, guide=torch.rand_like(example.target))


def regime(toys, **changes):
    return ThroughPlane(replace(toys.tiny, **{"axes": 1, **changes}))


def test_one_stage_is_trained_for_the_whole_factor(toys, banks):
    examples = [thick(toys, 0), thick(toys, 1)]
    cascade, curves = regime(toys).fit(toys.Maker(), examples)
    [(bank, factor)] = banks
    assert (bank.slices.shape, factor) == ((6, 2, 16, 14), 3.0)
    assert torch.equal(bank.slices[:3, 1:], examples[0].guide)
    assert (len(cascade.networks), cascade.stage_factor, cascade.axes) == (1, 3.0, 1)
    assert len(curves) == 1


def test_the_cascade_enhances_slices_that_contain_the_coarse_axis(toys):
    cascade, _ = regime(toys).fit(toys.Maker(), [thick(toys)])
    low = toys.example().coarse
    fine = low.refined((3, 1, 1))
    y, g = torch.rand(3, 1, *low.shape[:2]), torch.rand(3, 1, *fine.shape[:2])
    assert cascade.enhance(y, g, low, fine).shape == (3, 1, 48, 14)


def test_simulated_images_are_trained_on_in_their_own_grids(toys, banks):
    reference = toys.reference(2)
    regime(toys).fit(toys.Maker(), [thick(toys)], simulated=[reference])
    assert banks[0][0].slices.shape == (6, 2, 32, 28)


def test_a_finished_training_is_not_repeated(toys, tmp_path):
    calls = []
    first, curves = regime(toys).fit(toys.Maker(), [thick(toys)], folder=tmp_path)
    again, same = regime(toys).fit(
        toys.Maker(), [thick(toys)], folder=tmp_path, progress=lambda *now: calls.append(now)
    )
    assert (calls, same) == ([], curves)
    assert torch.equal(toys.weights(first.networks[0]), toys.weights(again.networks[0]))


def test_scans_of_other_factors_are_refused(toys):
    other = replace(thick(toys), fine=toys.example().coarse.refined((1, 1, 5)))
    with pytest.raises(SettingsError, match="one factor"):
        regime(toys).fit(toys.Maker(), [thick(toys), other])


def test_settings_are_checked(refused):
    with refused("`learning` must be of type PatchTraining, got 48"):
        ThroughPlane(48)


def test_guides_are_blurred_in_training(toys):
    blurred = Augmentation(guide_blur=3.0)
    _, curves = regime(toys, augmentation=blurred).fit(toys.Maker(), [thick(toys)])
    _, sharp = regime(toys).fit(toys.Maker(), [thick(toys)])
    assert curves != sharp
