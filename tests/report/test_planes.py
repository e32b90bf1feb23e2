"""Slices are cut at the centres of the scan's slices, in the plane that shows the enhancement."""

import numpy as np
import pytest

from crossres.report.planes import Cut, cuts_of, enhanced_axis, planes_of
from crossres.volume import Grid, Volume


def head(fine: Grid) -> Volume:
    data = np.zeros(fine.shape, dtype=np.float32)
    inner = tuple(slice(n // 4, n - n // 4) for n in fine.shape)
    data[inner] = 100
    return Volume(data, fine)


@pytest.mark.parametrize(
    ("factors", "first", "axis"),
    [
        ((1, 1, 4), "sagittal", 2),
        ((1, 4, 1), "axial", 1),
        ((4, 1, 1), "axial", 0),
        ((2, 2, 1), "axial", 1),
        ((1, 2, 2), "sagittal", 2),
        ((2, 2, 4), "sagittal", 2),
    ],
)
@pytest.mark.parametrize("stored", [((0, 1, 2), (False,) * 3), ((2, 0, 1), (True, False, True))])
def test_the_first_plane_contains_the_enhanced_axes(factors, first, axis, stored):
    fine = Grid((24, 24, 24), np.diag([1.0, 1.0, 1.0, 1.0]))
    scan = fine.coarsened(factors)
    fine, scan = fine.reordered(*stored), scan.reordered(*stored)
    assert planes_of(scan, fine)[0] == first
    assert set(planes_of(scan, fine)) == {"axial", "coronal", "sagittal"}
    assert enhanced_axis(scan, fine) == axis


def test_positions_are_those_of_slices_of_the_scan():
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = (-12, -12, 5)
    fine = Grid((24, 24, 24), affine)
    scan = fine.coarsened((1, 1, 4))
    cuts = cuts_of(scan, head(fine), count=3)
    assert list(cuts) == ["sagittal", "coronal", "axial"]
    assert [len(each) for each in cuts.values()] == [3, 1, 1]
    (axial,) = cuts["axial"]
    assert axial.fraction * 6 % 1 == pytest.approx(0.5)
    centres = [float((scan.affine @ [0, 0, k, 1])[2]) for k in range(6)]
    assert axial.millimetres == pytest.approx(centres[int(axial.fraction * 6)])
    assert [each.enhanced for (each, *_) in cuts.values()] == [True, True, False]


def test_labels_name_the_side():
    assert Cut("sagittal", 0.5, -12.44).label == "sagittal, L 12.4 mm"
    assert Cut("coronal", 0.5, 3.0).label == "coronal, A 3.0 mm"
    assert Cut("axial", 0.5, -7.0).label == "axial, I 7.0 mm"
