"""Patches are cut out of the slices, rotated and mirrored, around positions in the object."""

import pytest
import torch

from crossres.training import Augmentation
from crossres.training.patches import (
    PAPER,
    RIGHT_ANGLES,
    SliceBank,
    _blur_guides,
    build_bank,
    draw_structures,
)
from crossres.types import VolumeError

PLAIN = Augmentation(flip=False, angles=(0.0,))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def bank() -> SliceBank:
    """Return two slices of two channels in which every pixel differs, objects in the middle."""
    values = torch.randperm(2 * 2 * 26 * 30, generator=seeded(5)).reshape(2, 2, 26, 30) + 1000.0
    values[:, 0, :9] = values[:, 0, -9:] = values[:, 0, :, :9] = values[:, 0, :, -9:] = 0
    return build_bank([values], stride=1)


def dihedral_crops(slices: torch.Tensor, size: int) -> torch.Tensor:
    """Return every square crop in all eight orientations, (crops, channels, size, size)."""
    crops = slices.unfold(2, size, 1).unfold(3, size, 1).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
    rotated = [crops.rot90(turns, (2, 3)) for turns in range(4)]
    return torch.cat([*rotated, *(crop.flip(2) for crop in rotated)])


@pytest.mark.parametrize("size", [7, 8])
def test_right_angles_are_exact_copies(bank, size):
    patches = bank.draw(64, size, RIGHT_ANGLES, seeded())
    found = (patches[:, None] == dihedral_crops(bank.slices, size)[None]).flatten(2).all(2)
    assert found.any(1).all()
    positions = len(found[0]) // 8
    assert len(set((found.int().argmax(1) // positions).tolist())) == 8


@pytest.mark.parametrize("size", [7, 8])
def test_without_augmentation_it_crops_around_a_centre(bank, size):
    patches = bank.draw(64, size, PLAIN, seeded())
    middle = patches[:, 0, (size - 1) // 2, (size - 1) // 2]
    objects = [bank.slices[n, 0, i, j] for n, i, j in bank.centres]
    assert (middle > 0).all()
    assert set(middle.tolist()) <= {float(value) for value in objects}


def test_target_and_guide_stay_together(bank):
    slices = torch.cat([bank.slices[:, :1], bank.slices[:, :1]], dim=1)
    for augmentation in (RIGHT_ANGLES, PAPER):
        patches = SliceBank(slices, bank.centres).draw(32, 8, augmentation, seeded())
        torch.testing.assert_close(patches[:, 0], patches[:, 1])


def test_the_generator_decides(bank):
    augmentation = Augmentation(gain=0.2, gamma=0.3)
    one, same = (bank.draw(9, 8, augmentation, seeded(3)) for _ in range(2))
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    generator = seeded(3)
    bank.draw(9, 8, augmentation, generator)
    assert not torch.equal(bank.draw(9, 8, augmentation, generator), one)


def test_intensities_of_some_patches_are_bent(bank):
    unit = SliceBank(bank.slices / bank.slices.max(), bank.centres)
    plain = unit.draw(200, 8, RIGHT_ANGLES, seeded())
    bent = unit.draw(200, 8, Augmentation(bend=0.5, fold=0.5), seeded())
    changed = (plain != bent).flatten(2).any(2).float().mean(0)
    assert ((changed > 0.3) & (changed < 0.7)).all()


def test_some_guides_are_blurred_and_no_target(bank):
    sharp = bank.draw(64, 8, RIGHT_ANGLES, seeded())
    soft = bank.draw(64, 8, Augmentation(guide_blur=3.0), seeded())
    same = (soft == sharp).flatten(2).all(2)
    assert same[:, 0].all()
    assert 16 < int(same[:, 1].sum()) < 48
    assert (soft[:, 1].std((1, 2)) <= sharp[:, 1].std((1, 2)) * 1.001).all()


def test_blurred_guides_have_the_requested_width():
    point = torch.zeros(2, 2, 41, 41)
    point[:, :, 20, 20] = 1
    narrow, wide = _blur_guides(point, torch.tensor([[0.0, 0.4, 1.0], [0.9, 1, 1]]), 10.0)[:, 1]
    profile_i, profile_j = narrow.sum(1), narrow.sum(0)
    assert profile_i[22] / profile_i[20] == pytest.approx(0.5, rel=1e-3)
    assert profile_j[25] / profile_j[20] == pytest.approx(0.5, rel=1e-3)
    torch.testing.assert_close(wide, point[1, 1])


def test_blurred_guides_keep_constants():
    flat = torch.full((3, 2, 16, 16), 0.7)
    torch.testing.assert_close(_blur_guides(flat, torch.rand(3, 3), 6.0), flat)


def test_structures_are_drawn_into_single_contrasts(bank):
    unit = SliceBank(bank.slices / bank.slices.max(), bank.centres)
    plain = unit.draw(400, 8, RIGHT_ANGLES, seeded())
    drawn = unit.draw(400, 8, Augmentation(structures=0.5), seeded())
    changed = (plain != drawn).flatten(2).any(2).float()
    assert 0.3 < changed[:, 0].mean() < 0.6
    assert 0.3 < changed[:, 1].mean() < 0.6
    assert torch.corrcoef(changed.T)[0, 1].abs() < 0.2


def test_without_a_guide_no_structures_are_drawn(bank):
    alone = SliceBank(bank.slices[:, :1], bank.centres)
    plain = alone.draw(50, 8, RIGHT_ANGLES, seeded())
    assert torch.equal(alone.draw(50, 8, Augmentation(structures=1.0), seeded()), plain)


def test_structures_are_flat_inside_and_leave_the_rest():
    patches = torch.full((200, 1, 40, 40), 0.7)
    drawn = draw_structures(patches, 1.0, seeded())
    assert drawn.min() == 0
    assert drawn.max() <= 0.7 + 3 * 0.6
    untouched = (drawn == 0.7).flatten(1).float().mean(1)
    assert 0.5 < untouched.mean() < 0.95
    flat = (drawn[..., 1:] == drawn[..., :-1]) & (drawn[..., 1:] != 0.7)
    assert flat.any(dim=3).any(dim=2).float().mean() > 0.9


def test_no_structure_where_none_is_requested():
    patches = torch.rand(5, 2, 16, 16, generator=seeded())
    torch.testing.assert_close(draw_structures(patches, 0.0, seeded()), patches, rtol=0, atol=0)


@pytest.mark.parametrize("angle", [15.0, 30.0, 45.0, 137.0])
def test_other_angles_keep_constants(angle):
    bank = build_bank([torch.full((1, 2, 60, 60), 0.7)])
    inside = (bank.centres[:, 1:] - 30).abs().amax(1) < 10
    middle = SliceBank(bank.slices, bank.centres[inside])
    patches = middle.draw(16, 16, Augmentation(angles=(angle,)), seeded())
    torch.testing.assert_close(patches, torch.full_like(patches, 0.7))


def test_other_angles_turn_about_the_centre():
    i, j = torch.meshgrid(torch.arange(61.0), torch.arange(61.0), indexing="ij")
    bank = SliceBank(torch.stack([i, j])[None] / 61, torch.tensor([[0, 30, 30]]))
    patch = bank.draw(1, 11, Augmentation(flip=False, angles=(30.0,)), seeded())[0] * 61
    steps = patch[:, 6, 5] - patch[:, 5, 5]
    torch.testing.assert_close(patch[:, 5, 5], torch.tensor([30.0, 30.0]))
    torch.testing.assert_close(steps.norm(), torch.tensor(1.0))
    assert float(torch.rad2deg(torch.atan2(steps[1], steps[0]))) == pytest.approx(30, abs=1e-3)


def test_outside_a_slice_is_zero():
    bank = SliceBank(torch.ones(1, 1, 20, 20), torch.tensor([[0, 0, 0]]))
    patch = bank.draw(1, 8, PLAIN, seeded())[0, 0]
    assert patch[3:, 3:].all()
    assert not patch[:3].any()
    assert not patch[:, :3].any()


def test_gain_scales_each_contrast_by_its_own_factor(bank):
    plain = bank.draw(200, 6, PLAIN, seeded())
    varied = bank.draw(200, 6, Augmentation(flip=False, angles=(0.0,), gain=0.3), seeded())
    ratio = (varied.sum((2, 3)) / plain.sum((2, 3))).log()
    torch.testing.assert_close(varied, plain * ratio.exp()[:, :, None, None], rtol=1e-4, atol=1e-2)
    assert ratio.abs().max() <= 0.3 + 1e-5
    assert ratio.min() < -0.25
    assert ratio.max() > 0.25
    assert torch.corrcoef(ratio.T)[0, 1].abs() < 0.3


def test_gamma_bends_the_guide_only(bank):
    unit = SliceBank(bank.slices / bank.slices.max(), bank.centres)
    plain = unit.draw(50, 6, PLAIN, seeded())
    varied = unit.draw(50, 6, Augmentation(flip=False, angles=(0.0,), gamma=0.5), seeded())
    torch.testing.assert_close(varied[:, 0], plain[:, 0])
    power = (varied[:, 1].log() / plain[:, 1].log()).flatten(1)
    torch.testing.assert_close(power, power[:, :1].expand_as(power), rtol=1e-2, atol=1e-2)
    assert power[:, 0].log().abs().max() <= 0.51
    assert power[:, 0].std() > 0.1


def test_structures_need_no_guide():
    bank = build_bank([torch.ones(1, 1, 20, 20)])
    assert bank.draw(2, 8, Augmentation(structures=1.0), seeded()).shape == (2, 1, 8, 8)


def test_gamma_needs_no_guide():
    bank = build_bank([torch.ones(1, 1, 20, 20)])
    assert bank.draw(2, 8, Augmentation(gain=0.1, gamma=0.5), seeded()).shape == (2, 1, 8, 8)


def test_a_bank_gathers_stacks_of_any_size():
    bank = build_bank([torch.ones(2, 1, 9, 7), torch.ones(1, 1, 5, 12) / 2], stride=1)
    assert bank.slices.shape == (3, 1, 9, 12)
    assert float(bank.slices.sum()) == 2 * 9 * 7 + 5 * 12 / 2
    assert len(bank.centres) == 2 * 9 * 7 + 5 * 12


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_centres_lie_in_the_object(stride):
    stack = torch.zeros(3, 2, 20, 22)
    stack[1, 0, 4:12, 6:18] = 0.5
    stack[:, 1] = 1
    centres = build_bank([stack], threshold=0.4, stride=stride).centres
    assert (centres[:, 0] == 1).all()
    assert (centres[:, 1:] % stride == 0).all()
    assert (stack[centres[:, 0], 0, centres[:, 1], centres[:, 2]] == 0.5).all()


def test_densities_thin_each_stack_evenly():
    stacks = [torch.ones(2, 1, 8, 8), torch.ones(3, 1, 8, 8)]
    whole = build_bank(stacks, stride=1).centres
    thinned = build_bank(stacks, stride=1, densities=[1.0, 0.25]).centres
    per_slice = thinned[:, 0].bincount().tolist()
    assert whole[:, 0].bincount().tolist() == [64] * 5
    assert per_slice == [64, 64, 16, 16, 16]


def test_a_bank_needs_an_object():
    with pytest.raises(VolumeError, match="every slice is background"):
        build_bank([torch.zeros(2, 1, 8, 8)])


def test_a_bank_moves_as_one(bank):
    moved = bank.to("meta")
    assert (moved.slices.device.type, moved.centres.device.type) == ("meta", "meta")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"flip": 1}, "`flip` must be of type bool, got 1"),
        ({"angles": ()}, "`angles` must hold at least one angle, got none"),
        ({"angles": [90.0]}, "`angles` must be of type tuple"),
        ({"angles": (float("inf"),)}, "`angles` must be a number"),
        ({"gain": -0.1}, "`gain` must be a number at least 0, got -0.1"),
        ({"gamma": -1.0}, "`gamma` must be a number at least 0, got -1.0"),
        ({"guide_blur": -2.0}, "`guide_blur` must be a number at least 0, got -2.0"),
        ({"structures": 1.5}, "`structures` must be a number at least 0 and at most 1, got 1.5"),
    ],
)
def test_settings_are_checked(refused, wrong, message):
    with refused(message):
        Augmentation(**wrong)
