"""The panes of a notebook hold the volumes themselves."""

import gzip
from typing import Any

import nibabel as nib
import numpy as np
import pytest

import crossres as cr
from crossres.viewer import show
from crossres.volume import coarse_grid

pytest.importorskip("ipyniivue")


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
@pytest.mark.parametrize("guided", [False, True])
def test_every_volume_has_a_pane_linked_to_the_others(guided: bool) -> None:
    t1, t2 = cr.make_pair(0, shape=(48, 56, 44), spacing=4.0, slices=(18, 22))
    scan = cr.degrade(t2, coarse_grid(t2.grid, factor=(2, 2, 1)))
    settings = cr.EnhanceSettings(register=False)
    done = cr.enhance(scan, t1 if guided else None, factor=(2, 2, 1), settings=settings)
    shown = [tuple(box.children) for box in show(done, height=300).children]
    names = ["interpolated (cubic)", "result", "guide"][: 2 + guided]
    assert [name.value for name, _ in shown] == names
    panes = [pane for _, pane in shown]
    assert all(len(pane.other_nv) == len(panes) - 1 for pane in panes)
    assert all(pane.opts.is_radiological_convention for pane in panes)
    image = _image(panes[1])
    np.testing.assert_allclose(image.affine, done.volume.affine, atol=1e-4)
    np.testing.assert_allclose(image.get_fdata(), done.volume.data, rtol=1e-4, atol=0.5)


def _image(pane: Any) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(pane.volumes[0].data))
