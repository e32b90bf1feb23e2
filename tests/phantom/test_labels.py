"""Label maps become phantoms with the right tissues, soft edges and the same position."""

from pathlib import Path

import numpy as np
import pytest

from crossres.phantom import LABEL_TISSUES, Tissue, acquire, head_from_labels
from crossres.types import SettingsError, VolumeError
from crossres.volume import Grid, Volume


def ball_in_ball(outer: int = 42, inner: int = 41) -> Volume:
    x, y, z = np.ogrid[-16:16, -18:18, -14:14]
    radius = np.sqrt(x**2 + y**2 + z**2)
    data = np.where(radius < 7, inner, np.where(radius < 11, outer, 0))
    data[:4] = 0
    affine = np.diag((1.0, 1.0, 1.0, 1.0))
    affine[:3, 3] = (-20, -20, -10)
    return Volume(data.astype(np.float32), Grid((32, 36, 28), affine))


def test_labels_become_tissues() -> None:
    head = head_from_labels(ball_in_ball(), 0)
    assert head.fractions[Tissue.WHITE, 16, 18, 14] == pytest.approx(1, abs=1e-3)
    assert head.labels[16, 18, 14 + 9] == Tissue.GREY
    assert head.fractions[Tissue.AIR, 0, 0, 0] == 1


def test_edges_are_soft_and_volumes_kept() -> None:
    labels = ball_in_ball()
    white = head_from_labels(labels, 0).fractions[Tissue.WHITE].astype(np.float32)
    assert white.sum() == pytest.approx((labels.data == 41).sum(), rel=1e-3)
    assert ((white > 0.1) & (white < 0.9)).sum() > 100


def test_fractions_sum_to_one() -> None:
    fractions = head_from_labels(ball_in_ball(outer=507), 0).fractions
    np.testing.assert_allclose(fractions.sum(0, dtype=np.float32), 1, atol=2e-3)
    assert fractions.min() >= 0
    assert fractions[Tissue.FAT].sum() > 10
    assert fractions[Tissue.MUSCLE].sum() > 10


def test_orientation_does_not_matter() -> None:
    labels = ball_in_ball()
    other = labels.reordered((2, 0, 1), (True, False, True))
    first, second = (head_from_labels(v, 3) for v in (labels, other))
    assert first.grid == second.grid
    np.testing.assert_array_equal(first.fractions, second.fractions)


def test_no_label_means_two_tissues() -> None:
    numbers = [n for members in LABEL_TISSUES.values() for n in members]
    assert len(numbers) == len(set(numbers))
    assert set(LABEL_TISSUES) == set(Tissue)


@pytest.mark.parametrize("number", [999, 20000, -3, 2.5])
def test_numbers_without_a_tissue_are_refused(number: float) -> None:
    with pytest.raises(VolumeError, match="stands for no tissue"):
        head_from_labels(ball_in_ball(outer=number), 0)  # type: ignore[arg-type]


def test_empty_maps_and_negative_seeds_are_refused() -> None:
    with pytest.raises(VolumeError, match="nothing but background"):
        head_from_labels(ball_in_ball(0, 0), 0)
    with pytest.raises(SettingsError, match="0 or more"):
        head_from_labels(ball_in_ball(), -1)


@pytest.mark.realdata
def test_real_label_map_looks_like_a_head(data_root: Path) -> None:
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.load(data_root / "labels" / "sub-01_dseg.nii.gz")
    data = np.asarray(image.dataobj, dtype=np.float32)
    # A slab is enough: axis 1 of these files runs from top to bottom.
    affine = image.affine.copy()
    affine[:3, 3] += 100 * affine[:3, 1]
    head = head_from_labels(Volume(data[:, 100:120], Grid((256, 20, 256), affine)), 1)
    assert head.brain.mean() > 0.1
    means = {}
    for contrast in ("T1w", "T2w"):
        image = acquire(head, contrast, 1, noise=0, bias=0).data
        means[contrast] = [
            image[head.fractions[t] > 0.95].mean() for t in (Tissue.CSF, Tissue.GREY, Tissue.WHITE)
        ]
    assert means["T1w"] == sorted(means["T1w"])
    assert means["T2w"] == sorted(means["T2w"], reverse=True)
