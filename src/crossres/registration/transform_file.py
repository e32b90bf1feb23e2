"""Rigid transforms in files: ITK's (.tfm), in its LPS convention, and the JSON of crossres.

ITK, like crossres, stores the map from world points of the fixed image to those of the moving one,
but in LPS: the first two coordinates have the other sign. SimpleITK, 3D Slicer and ANTs read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from crossres.files import read_json, read_whole
from crossres.registration.transform import RigidTransform
from crossres.types import FileFormatError, RegistrationError

ITK = (".tfm", ".txt", ".mat", ".h5")
"""Endings of the files of ITK."""
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def is_itk(path: Path) -> bool:
    """Return whether a transform file is one of ITK, by its name.

    Args:
        path: The file.

    Returns:
        False for JSON.

    Raises:
        FileFormatError: Another ending.

    Example:
        >>> is_itk(Path("T1_to_T2.tfm"))
        True
    """
    if path.suffix not in (".json", *ITK):
        raise FileFormatError(
            f"cannot use {path.name} as a transform; give a name ending in .tfm (ITK) or .json"
        )
    return path.suffix in ITK


def write_itk(transform: RigidTransform, path: Path) -> None:
    """Write a transform for ITK: a rotation as a versor, and a translation, in LPS mm.

    Args:
        transform: Maps world points of the target to world points of the guide.
        path: A name that ends in .tfm, .txt, .mat or .h5; the folder exists.

    Raises:
        OSError: It cannot be written.
    """
    import SimpleITK

    matrix = _RAS_TO_LPS @ transform.matrix @ _RAS_TO_LPS
    left, _, right = np.linalg.svd(matrix[:3, :3])  # ITK refuses what is a rounding off orthogonal
    rigid = SimpleITK.VersorRigid3DTransform()
    rigid.SetMatrix((left @ right).ravel().tolist())
    rigid.SetTranslation(matrix[:3, 3].tolist())
    with _plain_name(path) as file:
        SimpleITK.WriteTransform(rigid, str(file))
        path.write_bytes(file.read_bytes())


@contextmanager
def _plain_name(path: Path) -> Iterator[Path]:
    """Yield a temporary file with this ending: ITK takes no name that is not UTF-8."""
    with TemporaryDirectory() as folder:
        yield Path(folder, "transform").with_suffix(path.suffix)


def read_transform(path: Path) -> RigidTransform:
    """Read a transform that ITK, a program based on it, or crossres has written.

    Args:
        path: A file of ITK (.tfm, .txt, .mat, .h5), or the JSON file of ``crossres register``.

    Returns:
        The transform from world points of the target to world points of the guide, RAS+ mm.

    Raises:
        FileFormatError: The file is missing, damaged, or of another format.
        RegistrationError: A transform that is not rigid.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "still.tfm"
        >>> write_itk(RigidTransform.identity(), path)
        >>> read_transform(path).is_identity
        True
    """
    if is_itk(path):
        return _read_itk(path)
    content = read_json(path)
    stored = content.get("transform", content)
    try:
        if isinstance(stored, dict):
            return RigidTransform.from_dict(stored)
    except (TypeError, ValueError):  # a matrix of something else than numbers
        pass
    raise FileFormatError(
        f"{path} holds no transform with a 4 x 4 matrix of numbers; give what `crossres register` "
        "has written"
    )


def _read_itk(path: Path) -> RigidTransform:
    """Read the matrix of a linear transform from the images of four points."""
    import SimpleITK

    with _plain_name(path) as file:
        file.write_bytes(read_whole(path)[0])
        try:
            stored = SimpleITK.ReadTransform(str(file))
        except RuntimeError as error:
            raise FileFormatError(f"{path} is no transform of ITK; write it anew") from error
    if stored.GetDimension() != 3 or not stored.IsLinear():
        raise RegistrationError(
            f"{path.name} is no rigid transform of space; give a linear 3-D one"
        )
    origin, *axes = (np.array(stored.TransformPoint(p)) for p in np.eye(4, 3, -1).tolist())
    matrix = np.eye(4)
    matrix[:3, 3] = origin
    matrix[:3, :3] = np.stack([axis - origin for axis in axes], axis=1)
    return RigidTransform(_RAS_TO_LPS @ matrix @ _RAS_TO_LPS)
