"""Digital phantoms are deterministic, on any grid."""

import numpy as np
import pytest

from crossres.phantom import Head, Tissue, make_head
from crossres.types import GridError, SettingsError

SLAB = (96, 104)


@pytest.fixture(scope="module")
def slab() -> Head:
    return make_head(1, slices=SLAB)


def test_fractions_sum_to_one(slab: Head) -> None:
    np.testing.assert_allclose(slab.fractions.sum(0, dtype=np.float32), 1, atol=2e-3)
    assert slab.fractions.min() >= 0


def test_same_seed_same_head_other_seed_another() -> None:
    first, again, other = (make_head(seed, slices=(100, 102)).labels for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (other != first).mean() > 0.05


def test_slab_is_part_of_the_head(slab: Head) -> None:
    longer = make_head(1, slices=(90, 104))
    np.testing.assert_allclose(longer.fractions[..., 6:], slab.fractions, atol=0.02)
    np.testing.assert_allclose(longer.density[..., 6:], slab.density, atol=1e-5)
    np.testing.assert_allclose(longer.grid.affine[:, 2], slab.grid.affine[:, 2])
    assert slab.grid.affine[2, 3] - longer.grid.affine[2, 3] == pytest.approx(6)


def test_coarser_voxels_hold_the_mean_of_finer_ones(slab: Head) -> None:
    coarse = make_head(1, shape=(88, 104, 88), spacing=2.0, slices=(48, 52))
    parts = slab.fractions.astype(np.float32).reshape(len(Tissue), 88, 2, 104, 2, 4, 2)
    means = parts.mean(axis=(2, 4, 6))
    np.testing.assert_allclose(coarse.fractions, means, atol=0.02)
    assert coarse.grid.shares_edges(slab.grid)


def test_finer_voxels_show_the_same_head(slab: Head) -> None:
    fine = make_head(1, shape=(176, 208, 352), spacing=(1, 1, 0.5), slices=(192, 208))
    means = fine.fractions.astype(np.float32).reshape(len(Tissue), 176, 208, 8, 2).mean(-1)
    for tissue in (Tissue.WHITE, Tissue.GREY, Tissue.CSF, Tissue.BONE):
        expected = slab.fractions[tissue].astype(np.float32)
        assert np.corrcoef(means[tissue].ravel(), expected.ravel())[0, 1] > 0.97


def test_whole_head_has_every_tissue_and_human_volumes() -> None:
    head = make_head(3, shape=(44, 52, 44), spacing=(4, 4, 4), lesions=8)
    litres = head.fractions.sum(axis=(1, 2, 3), dtype=np.float64) * 4**3 / 1e6
    assert (litres > 0).all()
    assert 0.3 < litres[Tissue.WHITE] < 0.8
    assert 0.3 < litres[Tissue.GREY] < 0.9
    assert 1.0 < head.brain.sum() * 4**3 / 1e6 < 1.6


def test_small_off_centre_field_of_view() -> None:
    head = make_head(1, shape=(96, 112, 24), slices=(2, 20))
    assert head.fractions.shape[1:] == head.density.shape == (96, 112, 18)
    assert head.labels.dtype == np.uint8


def test_no_lesions_when_none_are_expected() -> None:
    head = make_head(1, shape=(88, 104, 88), spacing=2.0, slices=(48, 56), lesions=0)
    assert not head.fractions[Tissue.LESION].any()


@pytest.mark.parametrize("slices", [(5, 5), (-1, 4), (0, 9)])
def test_impossible_slices_are_refused(slices: tuple[int, int]) -> None:
    with pytest.raises(GridError, match="within 0 to 8"):
        make_head(0, shape=(8, 8, 8), slices=slices)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"0\.25 to 10 mm"):
        make_head(0, spacing=0.0)
    with pytest.raises(SettingsError, match="0 or more"):
        make_head(-1)
    with pytest.raises(SettingsError, match="0 or more"):
        make_head(1, lesions=-2)
