"""Any grid, order of axes and set of flips, for hypothesis."""

import numpy as np
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from crossres.volume import Grid

EVERY_ORDER = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
flips = st.tuples(st.booleans(), st.booleans(), st.booleans())


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    shape = draw(st.tuples(*(st.integers(2, 40),) * 3))
    spacing = draw(st.tuples(*(st.floats(0.3, 6.0),) * 3))
    angles = draw(st.tuples(*(st.floats(-180, 180),) * 3))
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * spacing
    affine[:3, 3] = draw(st.tuples(*(st.floats(-200, 200),) * 3))
    return Grid(shape, affine)
