"""Supervised training uses references, for one stage."""

from dataclasses import replace

import torch

from crossres.physics import BackProjection
from crossres.training import Supervised


def test_references_are_trained_on(toys, banks):
    references = [toys.reference(0), toys.reference(1)]
    cascade, curves = Supervised(toys.tiny).fit(toys.Maker(), references, 2.0)
    [(bank, factor)] = banks
    assert (bank.slices.shape, factor) == ((6, 2, 32, 28), 2.0)
    assert torch.equal(bank.slices[:3, 1:], references[0].guide)
    assert torch.equal(bank.slices[3:, :1], references[1].target)
    assert (len(cascade.networks), cascade.stage_factor, len(curves)) == (1, 2.0, 1)
    low = toys.example()
    result = cascade.enhance(low.target, low.guide, low.coarse, low.fine)
    assert result.shape == (3, 1, 32, 28)


def test_the_cascade_has_the_settings_of_the_training(toys):
    method = BackProjection("iterative", steps=2)
    learning = replace(toys.tiny, back_projection=method, deblur_noise=0.2)
    cascade, _ = Supervised(learning).fit(toys.Maker(), [toys.reference()], 2.0)
    assert (cascade.back_projection, cascade.deblur_noise) == (method, 0.2)


def test_a_finished_training_is_not_repeated(toys, tmp_path):
    regime, calls = Supervised(toys.tiny), []
    first, curves = regime.fit(toys.Maker(), [toys.reference()], 2.0, folder=tmp_path)
    again, same = regime.fit(
        toys.Maker(), [toys.reference()], 2.0, folder=tmp_path,
        progress=lambda *now: calls.append(now),
    )  # fmt: skip
    assert (calls, same) == ([], curves)
    assert torch.equal(toys.weights(first.networks[0]), toys.weights(again.networks[0]))


def test_settings_are_checked(refused):
    with refused("`learning` must be of type PatchTraining, got 48"):
        Supervised(48)
