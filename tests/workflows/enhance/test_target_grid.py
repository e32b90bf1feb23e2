"""The default grid is isotropic at the finest voxels, as far as the weights reach."""

import numpy as np
import pytest

from crossres.types import SettingsError
from crossres.volume import Grid, fine_grid
from crossres.weights.largest_factors import largest_factors
from crossres.workflows.enhance.target_grid import GIVEN, TargetGrid, target_grid


def grid(*spacing: float, extent: float = 120.0) -> Grid:
    i, j, k = (round(extent / d) for d in spacing)
    return Grid((i, j, k), np.diag([*spacing, 1.0]))


def chosen(scan: Grid, guide: Grid | None = None) -> TargetGrid:
    return target_grid(scan, guide, factor=None, spacing=None)


@pytest.mark.parametrize(
    ("scan", "guide", "expected"),
    [
        (grid(1, 1, 5), grid(1, 1, 1), (1, 1, 1)),
        (grid(1, 1, 5), None, (1, 1, 1)),
        (grid(0.5, 0.5, 3), grid(1, 1, 1), (0.5, 0.5, 0.5)),
        (grid(2, 2, 5), grid(1, 1, 1), (1, 1, 1)),
        (grid(5, 1, 1), grid(1, 1, 1), (1, 1, 1)),
        (grid(4, 4, 1), grid(1, 1, 1), (1, 1, 1)),
    ],
)
def test_it_is_isotropic_at_the_finest_voxels(
    scan: Grid, guide: Grid | None, expected: tuple[float, ...]
) -> None:
    found = chosen(scan, guide)
    assert found.fine.spacing == pytest.approx(expected)
    assert "isotropic at the finest voxel size" in found.reason
    assert found.fine.shares_edges(scan)


@pytest.mark.parametrize("scan", [grid(0.5, 0.5, 6), grid(6, 6, 1), grid(6, 6, 12)])
def test_no_factor_exceeds_what_the_weights_are_for(scan: Grid) -> None:
    guide = grid(0.5, 0.5, 0.5)
    found = chosen(scan, guide)
    plane, across = largest_factors((), guided=True)
    factors = scan.factors_to(found.fine)
    limits = [across if scan.spacing[2] > 1 and a == 2 else plane for a in range(3)]
    assert all(f <= limit * 1.02 for f, limit in zip(factors, limits, strict=True))
    assert f"factors up to {plane:.3g} in the plane" in found.reason
    assert found.note is not None
    assert "choose with `factor` or `spacing`" in found.note


def test_an_isotropic_scan_needs_a_factor() -> None:
    with pytest.raises(SettingsError, match=r"isotropic \(2 mm\).*such as 2,2,2, or a `spacing`"):
        chosen(grid(2, 2, 2.05))
    with pytest.raises(SettingsError, match=r"`spacing` in mm, such as 1 \(that of the guide\)"):
        chosen(grid(2, 2, 2), grid(1, 1, 1))


def test_what_is_given_is_used_without_a_note() -> None:
    scan = grid(1, 1, 5)
    found = target_grid(scan, None, factor=(1, 1, 2), spacing=None)
    assert (found.reason, found.note) == (GIVEN, None)
    assert found.fine.is_close(fine_grid(scan, factor=(1, 1, 2)))
    with pytest.raises(SettingsError, match="were both given"):
        target_grid(scan, None, factor=2, spacing=1)
