"""A result in a Jupyter notebook: linked panes of interpolation, result and guide."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from crossres.checks import require
from crossres.volume import Volume

if TYPE_CHECKING:
    from ipyniivue import NiiVue
    from ipywidgets import HBox

    from crossres.inference import Enhanced


def show(done: Enhanced, *, height: int = 400) -> HBox:
    """Show a result beside its interpolation and its guide, with one cross-hair.

    Args:
        done: A result of :func:`crossres.enhance`.
        height: Height of the panes in pixels, at least 1.

    Returns:
        A widget of one pane for each volume, which a notebook displays.

    Raises:
        MissingPackageError: The extra ``notebook`` is not installed.

    Example:
        >>> import crossres as cr
        >>> show(cr.enhance("T2.nii.gz", guide="T1.nii.gz", factor=2))  # doctest: +SKIP
    """
    require("notebook", "crossres.viewer.show")
    from ipywidgets import HTML, HBox, Layout, VBox

    guide = done.aligned.pair.guide
    volumes = {"interpolated (cubic)": done.interpolated, "result": done.volume}
    volumes |= {"guide": guide} if guide else {}
    panes = {name: _pane(volume, height) for name, volume in volumes.items()}
    for pane in panes.values():
        pane.broadcast_to([other for other in panes.values() if other is not pane], {"2d": True})
    wide = Layout(width=f"{100 // len(panes)}%")
    return HBox([VBox([HTML(name), pane], layout=wide) for name, pane in panes.items()])


def _pane(volume: Volume, height: int) -> NiiVue:
    """Return one volume in three planes, to radiological convention."""
    from ipyniivue import NiiVue

    pane = NiiVue(height=height, is_radiological_convention=True, sagittal_nose_left=True)
    data = gzip.compress(volume.to_nibabel().to_bytes(), compresslevel=1)
    pane.load_volumes([{"data": data, "name": "volume.nii.gz"}])
    return pane
