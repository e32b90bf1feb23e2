"""Transforms of ITK and of crossres: written, read back, and applied by SimpleITK alike."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from crossres.registration import RigidTransform, resample
from crossres.registration.transform_file import ITK, is_itk, read_transform, write_itk
from crossres.types import FileFormatError, RegistrationError
from crossres.volume import Grid, Volume

LPS = np.diag([-1.0, -1.0, 1.0])


def moved(degrees: tuple[float, float, float] = (5, -7, 11)) -> RigidTransform:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = (3.5, -2.25, 1.125)
    return RigidTransform(matrix)


def oblique(shape: tuple[int, int, int], spacing: float, degrees: float) -> Grid:
    affine = np.eye(4)
    turn = Rotation.from_euler("zyx", [degrees, -degrees, degrees / 2], degrees=True).as_matrix()
    affine[:3, :3] = turn * spacing
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) - 1) / 2
    return Grid(shape, affine)


def to_itk(volume: Volume) -> SimpleITK.Image:
    """Return a volume as SimpleITK holds it: (k, j, i) in memory, LPS in the world."""
    image = SimpleITK.GetImageFromArray(volume.data.transpose(2, 1, 0))
    affine = volume.grid.affine
    image.SetSpacing(volume.grid.spacing)
    image.SetOrigin((LPS @ affine[:3, 3]).tolist())
    image.SetDirection((LPS @ affine[:3, :3] / volume.grid.spacing).ravel().tolist())
    return image


@pytest.mark.parametrize("ending", ITK)
def test_a_transform_is_read_back(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"sch\udce4del{ending}"
    for transform in (moved(), moved((179, 0, 0)), RigidTransform.identity()):
        write_itk(transform, path)
        np.testing.assert_allclose(read_transform(path).matrix, transform.matrix, atol=1e-12)
    assert read_transform(path).is_identity


def test_the_json_of_register_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "T1.json"
    for content in ({"guide": "T1.nii.gz", "transform": moved().to_dict()}, moved().to_dict()):
        path.write_text(json.dumps(content))
        assert read_transform(path) == moved()


def test_simpleitk_resamples_with_it_as_crossres_does(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(40, 44, 36))
    guide = Volume(gaussian_filter(noise, 3.0) * 1000, oblique((40, 44, 36), 2.0, 20.0))
    grid = oblique((30, 28, 26), 2.0, -15.0)
    path = tmp_path / "guide.tfm"
    write_itk(moved(), path)
    expected = resample(guide, grid, moved(), interpolation="linear")
    onto = to_itk(Volume(np.zeros(grid.shape), grid))
    found = SimpleITK.Resample(
        to_itk(guide), onto, SimpleITK.ReadTransform(str(path)), SimpleITK.sitkLinear
    )
    difference = SimpleITK.GetArrayFromImage(found).transpose(2, 1, 0) - expected.data
    assert np.abs(difference[2:-2, 2:-2, 2:-2]).max() < 1e-3 * np.ptp(guide.data)
    still = resample(guide, grid, RigidTransform.identity(), interpolation="linear")
    assert np.abs(still.data - expected.data).max() > 0.2 * np.ptp(guide.data)


def test_an_affine_file_of_itk_that_is_rigid_is_read(tmp_path: Path) -> None:
    path, affine = tmp_path / "a.tfm", SimpleITK.AffineTransform(3)
    affine.SetCenter((10.0, 20.0, 30.0))
    affine.Rotate(0, 1, 0.5)
    SimpleITK.WriteTransform(affine, str(path))
    found, point = read_transform(path), np.array([1.0, 2.0, 3.0])
    expected = LPS @ affine.TransformPoint((LPS @ point).tolist())
    np.testing.assert_allclose(found.apply(point[None])[0], expected, atol=1e-9)


def test_what_is_not_rigid_is_refused(tmp_path: Path) -> None:
    path, affine = tmp_path / "a.tfm", SimpleITK.AffineTransform(3)
    affine.Scale(1.1)
    SimpleITK.WriteTransform(affine, str(path))
    with pytest.raises(RegistrationError, match="not rigid"):
        read_transform(path)
    SimpleITK.WriteTransform(SimpleITK.TranslationTransform(2, (1.0, 2.0)), str(path))
    with pytest.raises(RegistrationError, match="give a linear 3-D one"):
        read_transform(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tfm"
    with pytest.raises(FileFormatError, match="cannot read"):
        read_transform(path)
    path.write_text("no transform")
    with pytest.raises(FileFormatError, match="is no transform of ITK; write it anew"):
        read_transform(path)
    with pytest.raises(FileFormatError, match=r"ending in .tfm \(ITK\) or .json"):
        is_itk(Path("T1.lta"))


@pytest.mark.parametrize(
    "content",
    [
        {"transform": None},
        {"transform": [1, 2]},
        {"matrix": [["a"] * 4] * 4},
        {"matrix": {"a": 1}},
        {"matrix": [[1, 0], [0]]},
    ],
)
def test_a_json_without_a_matrix_of_numbers_is_refused(
    tmp_path: Path, content: dict[str, object]
) -> None:
    path = tmp_path / "T1.json"
    path.write_text(json.dumps({**RigidTransform.identity().to_dict(), **content}))
    with pytest.raises(FileFormatError, match="holds no transform with a 4 x 4 matrix of"):
        read_transform(path)
