"""MGH files of FreeSurfer's own kind: big-endian, with a footer, with and without a position."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from crossres.io import mgh
from crossres.types import FileFormatError, VolumeError

AFFINE = np.array([[-1, 0, 0, 90], [0, 0, 1, -126], [0, -1, 0, 72], [0, 0, 0, 1.0]])


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32"])
@pytest.mark.parametrize("ending", [".mgz", ".mgh"])
def test_a_file_of_nibabel_is_read(tmp_path: Path, dtype: str, ending: str) -> None:
    path, data = tmp_path / f"a{ending}", np.arange(60).reshape(3, 4, 5).astype(dtype)
    nib.save(nib.MGHImage(data, AFFINE), path)
    volume, notes, snapshot = mgh.load(path)
    assert np.array_equal(volume.data, data)
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-5)
    assert (volume.stored_dtype, notes, snapshot.path) == (dtype, [], path)


def test_what_follows_the_voxels_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.mgh"
    nib.save(nib.MGHImage(np.ones((3, 4, 5), np.float32), AFFINE), path)
    path.write_bytes(path.read_bytes() + b"tags of FreeSurfer")
    assert mgh.load(path)[0].data.all()


def test_a_position_that_is_not_known_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.mgh"
    nib.save(nib.MGHImage(np.ones((3, 4, 5), np.float32), AFFINE), path)
    content = bytearray(path.read_bytes())
    content[28:30] = bytes(2)
    path.write_bytes(content)
    volume, notes, _ = mgh.load(path)
    assert volume.space == "unknown"
    assert "left and right are not known" in notes[0]


def test_several_frames_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mgz"
    nib.save(nib.MGHImage(np.ones((3, 4, 5, 2), np.float32), AFFINE), path)
    with pytest.raises(VolumeError, match="give one 3-D image"):
        mgh.load(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mgz"
    path.write_bytes(b"no image" * 100)
    with pytest.raises(FileFormatError, match="is not an MGH file"):
        mgh.load(path)
