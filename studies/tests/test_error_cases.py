"""Held-out and training scans are apart, and a slab of a thick-sliced head stays in place."""

from pathlib import Path

import numpy as np
import pytest
from studies.error_cases import (
    MARGIN,
    SLAB,
    STRIPPED,
    cases,
    coarse_head,
    scored_voxels,
    slab,
)
from studies.sources import HELD_OUT, Source
from studies.thick_slices import thick

from crossres.phantom import make_pair
from crossres.reproduction.simulated import FOLD_1
from crossres.volume import foreground_mask


@pytest.mark.realdata
def test_no_training_scan_is_held_out(data_root: Path) -> None:
    fit, test = (
        {(one.name, one.axes) for one in cases(data_root, None, held_out=held)}
        for held in (False, True)
    )
    assert fit.isdisjoint(test)
    names = {name for name, _ in test}
    assert set(FOLD_1) <= names
    assert any(HELD_OUT in name for name in names)
    assert not any(HELD_OUT in name for name, _ in fit if "clinical" in name)


@pytest.mark.realdata
def test_a_stripped_head_ends_at_a_mask_that_its_guide_shares(data_root: Path) -> None:
    found = {one.name: one for one in cases(data_root, None, held_out=False) if one.factor == 3}
    whole, stripped = (found[f"labels 09{end}"].degrade(3) for end in ("", STRIPPED))
    assert stripped.pair.guide is not None
    inside, guide = (x.data != 0 for x in (stripped.reference, stripped.pair.guide))
    assert (inside == guide).all()
    assert 0.4 < inside.sum() / foreground_mask(whole.reference.data).sum() < 0.9


def test_a_slab_stays_where_it_was() -> None:
    guide, reference = make_pair(3, shape=(80, 30, 30), spacing=4.0)
    whole = thick(reference, guide, 3)
    part = slab(whole)
    assert part.reference.shape[2] == SLAB
    assert part.pair.fine == part.reference.grid
    assert part.pair.guide is not None
    first = whole.reference.shape[2] // 2 - SLAB // 2
    np.testing.assert_array_equal(
        part.reference.data, whole.reference.data[:, :, first : first + SLAB]
    )
    np.testing.assert_allclose(
        part.reference.affine @ [1, 2, 3, 1], whole.reference.affine @ [1, 2, 3 + first, 1]
    )


def test_margins_of_a_slab_are_not_scored() -> None:
    guide, reference = make_pair(3, shape=(80, 30, 30), spacing=4.0)
    part = slab(thick(reference, guide, 3)).reference
    inside = scored_voxels(part, margins=True)
    assert inside[:, :, MARGIN:-MARGIN].any()
    assert not inside[:, :, :MARGIN].any()
    assert not inside[:, :, -MARGIN:].any()
    assert scored_voxels(part, margins=False).sum() > inside.sum()


def test_voxels_that_are_larger_along_all_axes_fill_the_slab() -> None:
    source = Source("phantom 3", seed=3)
    found = coarse_head(source, 3)
    assert found.reference.shape[2] == SLAB
    assert found.pair.target.grid.factors_to(found.pair.fine) == pytest.approx((2, 3, 2), rel=0.02)
