"""A card warns when a pair lies outside what the weights were trained for, and only then."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import ndimage

from crossres.physics import degrade
from crossres.volume import Grid, Pair, Volume
from crossres.weights import WeightCard
from crossres.weights.card import slice_plane

FIELDS = {
    "name": "test", "description": "For tests.", "target": "T2w", "guide": "T1w",
    "network": "guided-rdn", "network_settings": {"blocks": 1, "layers": 1, "width": 4},
    "stage_factor": 2.0, "sharpening": 0.1, "back_projection": {"kind": "exact"},
    "factors": (2.0, 2.0), "spacing_mm": (1.5, 2.5), "acquisition": "Gaussian", "data": "none",
    "licence": "Apache-2.0", "commands": ("pytest",), "seed": 0, "commit": "0", "results": {},
}  # fmt: skip


def card(**changes) -> WeightCard:
    return WeightCard(**{**FIELDS, **changes})


def texture(grid: Grid, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random(grid.shape)
    return 100 + 500 * ndimage.gaussian_filter(noise, 1.5)


def pair(factors=(2, 2, 1), spacing=(2.0, 2.0, 3.0), *, seeds=(0, 1)) -> Pair:
    coarse = Grid((16, 16, 8), np.diag([*spacing, 1.0]))
    fine = coarse.refined(factors)
    return Pair(
        Volume(texture(coarse, seeds[0]), coarse), fine, Volume(texture(fine, seeds[1]), fine)
    )


def test_inside_its_range_a_card_gives_no_warning():
    assert card().warnings_for(pair()) == []
    inside = pair()
    assert card().warnings_for(Pair(inside.target, inside.fine)) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_stored_order_does_not_matter(order):
    orientation = (order, (True, False, True))
    scene = pair()
    reordered = Pair(
        scene.target.reordered(*orientation),
        scene.fine.reordered(*orientation),
        scene.guide.reordered(*orientation),
    )
    assert card().warnings_for(reordered) == []


@pytest.mark.parametrize("factors", [(4, 4, 1), (1.5, 1.5, 1), (2, 4, 1)])
def test_another_factor(factors):
    [warning] = card().warnings_for(pair(factors))
    assert f"factor {max(factors):.2f} is outside the weights' 2" in warning


def test_a_range_of_factors():
    assert card(factors=(2.0, 4.0)).warnings_for(pair((4, 2, 1))) == []


@pytest.mark.parametrize("size", [1.0, 4.0])
def test_another_spacing(size):
    [warning] = card().warnings_for(pair(spacing=(size, size, 3.0)))
    assert f"spacing {size:.2f} mm is outside the weights' 1.5-2.5 mm" in warning


@pytest.mark.parametrize("size", [1.4, 2.7])
def test_a_little_outside_is_inside(size):
    assert card().warnings_for(pair(spacing=(size, size, 3.0))) == []


def test_ranges_are_written_for_readers():
    [warning] = card(spacing_mm=(1.0267868, 1.2)).warnings_for(pair())
    assert "outside the weights' 1.03-1.2 mm" in warning


def test_the_slice_thickness_does_not_count():
    assert card().warnings_for(pair(spacing=(2.0, 2.0, 9.0))) == []


@pytest.mark.parametrize(
    ("factors", "plane"),
    [((2, 2, 1), "axial"), ((2, 1, 2), "coronal"), ((1, 2, 2), "sagittal"), ((1, 1, 2), "mixed")],
)
def test_another_plane(factors, plane):
    scene = pair(factors, (2.0, 2.0, 2.0))
    assert slice_plane(scene.target.grid, scene.fine) == plane
    found = [w for w in card().warnings_for(scene) if "slices, these are" in w]
    assert bool(found) is (plane != "axial")
    assert not any("these are" in w for w in card(plane="any").warnings_for(scene))
    assert not any("mixed" in w for w in card().warnings_for(scene))


def test_one_axis_only():
    found = card(plane="any").warnings_for(pair((2, 1, 1)))
    assert found == ["weights are for slices coarse along both axes; here 1 changes"]
    across = card(plane="any", axes=1)
    assert across.warnings_for(pair((2, 1, 1))) == []
    found = across.warnings_for(pair((2, 2, 1)))
    assert found == ["weights are for slices coarse along one axis; here 2 change"]


@pytest.mark.parametrize("factor", [2, 4])
def test_guide_and_target_of_one_contrast(factor):
    fine = Grid((64, 64, 8), np.diag([2 / factor, 2 / factor, 3.0, 1.0]))
    detail = np.random.default_rng(0).random(fine.shape)
    same = Volume(100 + 500 * ndimage.gaussian_filter(detail, 0.5), fine)
    target = degrade(same.with_data(same.data * 3), fine.coarsened((factor, factor, 1)))
    fits = {"factors": (2.0, 4.0)}
    [warning] = card(**fits).warnings_for(Pair(target, fine, same))
    assert "look like the same contrast (correlation 1.00); check which file is which" in warning
    assert card(guide="T2w", **fits).warnings_for(Pair(target, fine, same)) == []
    hot = target.data.copy()
    hot.ravel()[::400] = 65535
    [warning] = card(**fits).warnings_for(Pair(target.with_data(hot), fine, same))
    assert "look like the same contrast" in warning


def test_an_opposite_contrast_is_another():
    scene = pair()
    data = np.repeat(np.repeat(scene.target.data, 2, 0), 2, 1)
    negative = Volume(data.max() + data.min() - data, scene.fine)
    assert card().warnings_for(Pair(scene.target, scene.fine, negative)) == []


def test_an_empty_image_correlates_with_nothing():
    scene = pair()
    empty = Volume(np.zeros(scene.fine.shape), scene.fine)
    assert card().warnings_for(Pair(scene.target, scene.fine, empty)) == []


def test_survives_json():
    assert WeightCard.model_validate_json(card().model_dump_json()) == card()


@pytest.mark.parametrize("wrong", [{"plane": "oblique"}, {"factors": (2.0,)}, {"surprise": 1}])
def test_a_card_is_complete_and_no_more(wrong):
    with pytest.raises(ValidationError):
        card(**wrong)


def test_other_contrasts_than_those_of_the_training():
    guided = card(target="T2w", guide="T1w")
    assert guided.contrast_warnings("T2w", "T1w") == []
    [warning] = guided.contrast_warnings("FLAIR", "T1w")
    assert warning == "weights were made for T2w guided by T1w, this is FLAIR guided by T1w"
    [warning] = card(target="T2w", guide=None).contrast_warnings("PDw", None)
    assert warning == "weights were made for T2w without a guide, this is PDw without a guide"


def test_weights_for_any_contrast():
    guided, unguided = card(target="any", guide="any"), card(target="any", guide=None)
    assert guided.contrast_warnings("FLAIR", "T1w") == []
    assert unguided.contrast_warnings("T1w", None) == []
    [warning] = guided.contrast_warnings("FLAIR", None)
    assert warning == (
        "weights were made for any contrast guided by any contrast, this is FLAIR without a guide"
    )
