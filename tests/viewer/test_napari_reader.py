"""The reader of napari: layers in their place in the world, maps hidden."""

from pathlib import Path

import numpy as np
import pytest

import crossres as cr
from crossres.viewer.napari_reader import get_reader
from crossres.workflows.enhance import Request, enhance_files, output_paths, write_outputs

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def test_a_result_is_opened_with_its_maps(tmp_path: Path) -> None:
    truth = cr.make_pair(0, shape=(48, 56, 44), spacing=4.0, slices=(18, 22))[1]
    scan = cr.degrade(truth, cr.coarse_grid(truth.grid, factor=(2, 2, 1)))
    cr.write(scan, tmp_path / "T2.nii.gz")
    result = enhance_files(Request(target=tmp_path / "T2.nii.gz", factor=(2, 2, 1)))
    paths = output_paths(tmp_path / "SR.nii.gz", report=False, maps=True)
    write_outputs(result, paths, overwrite=False)
    reader = get_reader(str(paths[0]))
    assert reader is not None
    (data, options, kind), *maps = reader(str(paths[0]))
    assert (data.shape, options["name"], kind) == (truth.shape, "SR.nii.gz", "image")
    assert {"residual"} < {options["name"] for _, options, _ in maps}
    assert not any(options["visible"] for _, options, _ in maps)
    (alone,) = reader(str(tmp_path / "T2.nii.gz"))
    np.testing.assert_allclose(alone[1]["affine"], scan.affine, atol=1e-4)


def test_several_files_are_left_to_napari() -> None:
    assert get_reader(["a.nii.gz", "b.nii.gz"]) is None
