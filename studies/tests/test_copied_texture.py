"""The copied share of a guide is measured: all of it, or nothing where it is not used."""

import json

import numpy as np
import pytest
import torch
from studies import copied_texture
from studies.copied_texture import (
    added,
    balls,
    copied_of,
    filled,
    kept_of,
    measure,
)

from crossres.inference import Cascade, super_resolve
from crossres.physics import BackProjection, degrade
from crossres.reproduction.simulated import Simulated
from crossres.volume import Grid, Pair, Volume, intensity_scale

GRID = Grid((40, 40, 12), np.diag([1.0, 1.0, 2.0, 1.0]))


class Copies(torch.nn.Module):
    """Adds a share of the guide to the target."""

    guided = True

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, upsampled, guide):
        return upsampled + self.share * guide


@pytest.fixture
def simulated() -> Simulated:
    place = (np.indices(GRID.shape).T - [19.5, 19.5, 5.5]).T * np.reshape([1, 1, 2], (3, 1, 1, 1))
    head = np.linalg.norm(place, axis=0) < 17
    texture = np.random.default_rng(0).uniform(0.9, 1.1, GRID.shape)
    reference = Volume(600 * head * texture, GRID)
    guide = Volume(90 * head * texture[::-1], GRID)
    return Simulated(Pair(degrade(reference, GRID.coarsened((2, 2, 1))), GRID, guide), reference)


def cascade(share: float) -> Cascade:
    return Cascade((Copies(share),), 2.0, BackProjection("none"))


def test_balls_lie_apart_within_the_head(simulated):
    structure = balls(simulated.reference, 2.0, seed=0, count=2)
    assert structure.kind == "ball of 4 mm"
    assert 0 <= structure.shape.min() <= structure.shape.max() <= 1
    assert structure.inside.any()
    assert (simulated.reference.data[structure.shape > 0] > 0).all()
    volume = structure.shape.sum() * np.prod(GRID.spacing)
    assert volume / 2 == pytest.approx(4 / 3 * np.pi * 2.5**3, rel=0.8)


def test_what_is_added_is_darker_where_tissue_is_bright(simulated):
    structure = balls(simulated.reference, 2.0, seed=0, count=2)
    changed, contrast = added(simulated.reference, structure)
    assert contrast < 0
    difference = (changed.data - simulated.reference.data)[structure.inside]
    np.testing.assert_allclose(difference, contrast * structure.shape[structure.inside], rtol=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_share_of_the_guide_that_a_network_copies_is_found(simulated, share):
    structure = balls(simulated.reference, 3.0, seed=0, count=1)
    plain = super_resolve(cascade(share), simulated.pair).volume.data
    mean, rms = copied_of(cascade(share), simulated, structure, plain)
    scales = [intensity_scale(added(simulated.pair.guide, structure)[0].data)]
    drift = intensity_scale(simulated.pair.guide.data) / scales[0]
    assert mean == pytest.approx(share * drift, abs=0.05)
    assert rms >= abs(mean) - 1e-6


def test_a_structure_of_the_target_is_kept(simulated):
    structure = balls(simulated.reference, 5.0, seed=0, count=1)
    plain = super_resolve(cascade(0.0), simulated.pair).volume.data
    assert kept_of(cascade(0.0), simulated, structure, plain) == pytest.approx(1, abs=0.1)


def test_every_size_that_fits_is_measured(simulated, monkeypatch):
    monkeypatch.setattr(copied_texture, "RADII_MM", (2.0, 60.0))
    [row] = measure(cascade(0.0), simulated, "head")
    assert (row["source"], row["structure"]) == ("head", "ball of 4 mm")
    assert row["copied"] == pytest.approx(0, abs=1e-6)


def test_a_slab_is_the_middle_of_every_image_as_it_lies(simulated):
    kept = copied_texture.slab(simulated, 4)
    assert kept.reference.grid.shape == (40, 40, 4)
    assert kept.pair.target.grid.shape == (20, 20, 4)
    np.testing.assert_array_equal(kept.reference.data, simulated.reference.data[:, :, 4:8])
    np.testing.assert_array_equal(kept.pair.guide.data, simulated.pair.guide.data[:, :, 4:8])
    assert kept.reference.grid.centre == pytest.approx(simulated.reference.grid.centre)
    assert kept.pair.target.grid.centre == pytest.approx(kept.reference.grid.centre)


@pytest.mark.parametrize(
    ("weights", "made", "lesions"),
    [
        ("t1-t2-axial-x2", "coarse_in_plane", 3),
        ("t1-t2-through-plane-x3", "coarse_across", 0),
    ],
)
def test_weights_are_tried_on_scans_of_their_kind(tmp_path, monkeypatch, weights, made, lesions):
    tried = []
    for name in ("coarse_across", "coarse_in_plane"):
        monkeypatch.setattr(copied_texture, name, lambda *_, name=name: [(name, None)])
    monkeypatch.setattr(copied_texture, "load_weights", lambda _: cascade(0.0))
    monkeypatch.setattr(
        copied_texture, "measure", lambda _, __, source: tried.append(source) or [{"a": 1}]
    )
    monkeypatch.setattr(copied_texture, "lesion", lambda _, __, name, *___: {"a": name})
    copied_texture.main(tmp_path, 3.0, weights, 2, tmp_path)
    assert tried == [made]
    rows = json.loads((tmp_path / f"{weights}.json").read_text())["rows"]
    assert len(rows) == 1 + lesions


def test_a_lesion_is_filled_with_what_surrounds_it(simulated):
    structure = balls(simulated.reference, 3.0, seed=0, count=1)
    changed, _ = added(simulated.reference, structure)
    mask = structure.shape > 0
    back = filled(changed, mask)
    assert np.array_equal(back.data[~mask], changed.data[~mask])
    assert back.data[mask].mean() == pytest.approx(simulated.reference.data[mask].mean(), rel=0.1)


@pytest.mark.realdata
def test_a_real_lesion_of_the_guide_is_not_copied_by_default(data_root):
    found = copied_texture.lesion(cascade(0.0), data_root, "sub-04", 2.0, 12)
    assert found["copied"] == pytest.approx(0, abs=1e-6)
