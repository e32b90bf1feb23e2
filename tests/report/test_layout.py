"""Panels lie side by side, and those of a thin slab one below the other, each large enough."""

import pytest

from crossres.report.layout import layout_of
from crossres.report.slices import Box


@pytest.mark.parametrize("view", [Box(0, 0, 180, 220), Box(0, 0, 220, 24), Box(0, 0, 24, 220)])
@pytest.mark.parametrize("differences", [0, 1, 3])
def test_rectangles_lie_in_the_figure_and_apart(view, differences):
    layout = layout_of(4, view, differences=differences)
    places = [*layout.whole, *layout.detail, *layout.difference]
    rows = differences + 1 if layout.stacked else 4
    assert len(layout.difference) == rows * bool(differences)
    for left, top, width, height in places:
        assert left >= 0
        assert top >= 0
        assert left + width <= layout.size[0] + 1e-9
        assert top + height <= layout.size[1] + 1e-9
    for n, (x, y, w, h) in enumerate(places):
        for u, v, a, b in places[n + 1 :]:
            assert x + w <= u + 1e-9 or u + a <= x + 1e-9 or y + h <= v + 1e-9 or v + b <= y + 1e-9


def test_a_thin_slab_is_as_wide_as_the_figure():
    layout = layout_of(4, Box(0, 0, 220, 24), differences=1)
    assert layout.stacked
    assert layout.whole[0][2] == layout.size[0]
    assert layout.whole[0][2] / layout.whole[0][3] == pytest.approx(220 / 24)
    assert not layout_of(4, Box(0, 0, 220, 150), differences=1).stacked
