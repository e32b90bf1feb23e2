"""Images of nibabel become volumes and come back: place, units, codes and data are kept."""

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crossres.types import CrossresWarning, GridError, VolumeError
from crossres.volume import Grid, Volume
from crossres.volume.nibabel_image import set_place, space_of

SHAPE = (5, 6, 3)


def affine_of(orientation: str) -> np.ndarray:
    """Return an affine of 0.5 x 0.7 x 3 mm whose voxel axes run as named, or obliquely."""
    affine = np.diag([0.5, 0.7, 3.0, 1.0])
    affine[:3, 3] = -20, 15, 40
    if orientation == "LAS":
        affine[0] *= -1
    if orientation == "oblique":
        affine[:3, :3] = (
            Rotation.from_euler("xyz", (9, -14, 21), degrees=True).as_matrix() @ (affine[:3, :3])
        )
    return affine


def image(orientation: str = "RAS", dtype: str = "float32") -> nib.Nifti1Image:
    data = np.arange(np.prod(SHAPE)).reshape(SHAPE).astype(dtype)
    return nib.Nifti1Image(data, affine_of(orientation))


@pytest.mark.parametrize("orientation", ["RAS", "LAS", "oblique"])
@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8"])
def test_a_round_trip_keeps_data_and_place(orientation, dtype):
    volume = Volume.from_nibabel(image(orientation, dtype))
    assert volume.stored_dtype == dtype
    back = volume.to_nibabel()
    np.testing.assert_array_equal(np.asarray(back.dataobj), np.asarray(image().dataobj))
    np.testing.assert_allclose(back.affine, affine_of(orientation), atol=1e-5)
    np.testing.assert_allclose(back.get_qform(), affine_of(orientation), atol=1e-4)
    again = Volume.from_nibabel(back)
    assert again.grid.is_close(volume.grid)
    np.testing.assert_array_equal(again.data, volume.data)


@pytest.mark.parametrize(("unit", "factor"), [("micron", 1e-3), ("mm", 1), ("meter", 1e3)])
def test_lengths_become_millimetres(unit, factor):
    affine = np.diag([1 / factor, 1 / factor, 1 / factor, 1]) @ affine_of("RAS")
    stored = nib.Nifti1Image(np.ones(SHAPE, np.float32), affine)
    stored.header.set_xyzt_units(unit)
    volume = Volume.from_nibabel(stored)
    assert volume.spacing == pytest.approx((0.5, 0.7, 3))
    np.testing.assert_allclose(volume.affine, affine_of("RAS"), rtol=1e-6)
    assert volume.to_nibabel().header.get_xyzt_units()[0] == "mm"


@pytest.mark.parametrize(
    ("sform", "qform", "space"),
    [(4, 1, "mni"), (0, 3, "talairach"), (0, 0, "unknown"), (1, 2, "scanner"), (5, 0, "aligned")],
)
def test_the_space_is_that_of_the_sform_or_else_the_qform(sform, qform, space):
    assert space_of({"sform_code": sform, "qform_code": qform}) == space


def test_a_header_of_another_format_means_the_scanner():
    assert space_of({}) == "scanner"
    other = nib.MGHImage(np.ones(SHAPE, np.float32), affine_of("RAS"))
    volume = Volume.from_nibabel(other)
    assert (volume.space, volume.stored_dtype) == ("scanner", "float32")
    np.testing.assert_allclose(volume.affine, affine_of("RAS"), atol=1e-5)


@pytest.mark.parametrize(("space", "code"), [("scanner", 1), ("unknown", 2), ("mni", 4)])
def test_the_code_of_an_output_with_a_place_is_that_of_its_space(space, code):
    header = Volume(np.ones(SHAPE), Grid(SHAPE, np.eye(4)), space).to_nibabel().header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (code, code)


def test_a_volume_without_a_place_keeps_code_0_where_readers_put_it():
    stored = image()
    stored.set_sform(None, 0)
    stored.set_qform(None, 0)
    with pytest.warns(CrossresWarning, match="left and right are not known"):
        volume = Volume.from_nibabel(stored)
    fine = volume.grid.refined((2, 3, 1))
    made = volume.with_data(np.ones(fine.shape), fine).to_nibabel()
    assert (int(made.header["sform_code"]), int(made.header["qform_code"])) == (0, 0)
    assert made.header.get_zooms() == pytest.approx(fine.spacing)
    assert Grid(fine.shape, made.affine).is_close(fine)
    # In another order of the axes the voxels are not where readers put those of code 0.
    turned = volume.canonical().to_nibabel()
    assert int(turned.header["sform_code"]) == 2
    np.testing.assert_allclose(turned.affine, volume.canonical().affine, atol=1e-5)


def test_a_sheared_affine_is_written_as_sform_alone():
    affine = affine_of("RAS")
    affine[0, 1] = 0.4
    made = Volume(np.ones(SHAPE), Grid(SHAPE, affine)).to_nibabel()
    np.testing.assert_allclose(made.affine, affine, atol=1e-5)
    assert int(made.header["qform_code"]) == 0


def test_set_place_overwrites_what_was_there():
    made, grid = image(), Grid(SHAPE, affine_of("LAS"))
    set_place(made, grid, "aligned")
    np.testing.assert_allclose(made.affine, grid.affine, atol=1e-5)
    assert int(made.header["sform_code"]) == 2


def test_the_data_are_shared_not_copied():
    volume = Volume(np.ones(SHAPE, np.float32), Grid(SHAPE, np.eye(4)))
    assert np.shares_memory(np.asarray(volume.to_nibabel().dataobj), volume.data)


def test_trailing_axes_of_length_1_are_dropped_and_others_refused():
    single = nib.Nifti1Image(np.ones((*SHAPE, 1), np.float32), np.eye(4))
    assert Volume.from_nibabel(single).shape == SHAPE
    for shape in ((*SHAPE, 2), SHAPE[:2]):
        with pytest.raises(VolumeError, match=r"not 3-D; select one volume"):
            Volume.from_nibabel(nib.Nifti1Image(np.ones(shape, np.float32), np.eye(4)))


def test_nan_and_a_missing_or_singular_affine_are_refused():
    with pytest.raises(VolumeError, match="NaN or infinite"):
        Volume.from_nibabel(nib.Nifti1Image(np.full(SHAPE, np.nan, np.float32), np.eye(4)))
    with pytest.raises(GridError, match="no affine"):
        Volume.from_nibabel(nib.spatialimages.SpatialImage(np.ones(SHAPE, np.float32), None))
    with pytest.raises(GridError, match="singular"):
        Volume.from_nibabel(
            nib.spatialimages.SpatialImage(np.ones(SHAPE, np.float32), np.diag([1, 0, 1, 1.0]))
        )


def test_two_places_in_a_header_are_warned_of():
    stored = image()
    stored.set_qform(affine_of("LAS"), 1)
    with pytest.warns(CrossresWarning, match="the image has an sform .* and a qform .* differ"):
        volume = Volume.from_nibabel(stored)
    np.testing.assert_allclose(volume.affine, affine_of("RAS"), atol=1e-5)
