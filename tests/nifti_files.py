"""NIfTI files for tests: a scene at its place in the world, and headers changed byte by byte."""

import gzip
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from numpy.typing import NDArray

from crossres.io import read
from crossres.types import CrossresError
from crossres.volume import Grid, Volume

AFFINE = np.array([[0.9, 0, 0, -20.0], [0, 1.1, 0, 35.0], [0, 0, 3.0, -12.5], [0, 0, 0, 1]])
SHAPE = (7, 6, 5)
ORIENTATIONS = ["RAS", "LAS", "LPS", "PIR", "SLA"]


def rotated(
    degrees: float, axis: int = 0, affine: NDArray[np.float64] = AFFINE
) -> NDArray[np.float64]:
    angle, (a, b) = np.radians(degrees), [n for n in range(3) if n != axis]
    turn = np.eye(4)
    turn[a, a] = turn[b, b] = np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    return turn @ affine


OBLIQUE = rotated(17, 0, rotated(-8, 2))


def scene(grid: Grid) -> NDArray[np.float32]:
    """Draw one head-like blob that depends on the place in the world only."""
    points = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1)
    x, y, z = np.moveaxis(points @ grid.affine[:3, :3].T + grid.affine[:3, 3], -1, 0)
    return (1000 * np.exp(-((x + 18) ** 2 + (y - 36) ** 2 + (z + 5) ** 2) / 60)).astype(np.float32)


def stored_as(codes: str, affine: NDArray[np.float64]) -> nib.Nifti1Image:
    """Make a file's image of the scene with nibabel's own reordering, not with ours."""
    image = nib.Nifti1Image(scene(Grid(SHAPE, affine)), affine)
    move = ornt_transform(io_orientation(affine), axcodes2ornt(codes))
    return image.as_reoriented(move)


def saved(
    path: Path,
    data: NDArray[np.generic] | None = None,
    affine: NDArray[np.float64] = AFFINE,
    change: Callable[[nib.Nifti1Header], object] = lambda header: None,
) -> Path:
    """Save a file whose header is changed afterwards, byte by byte: no checks, no repairs."""
    values = np.arange(210, dtype=np.int16).reshape(SHAPE) if data is None else data
    image = nib.Nifti1Image(values, affine, dtype=values.dtype)
    image.header.set_slope_inter(1, 0)
    content = image.to_bytes()
    header = nib.Nifti1Header(content[:348], check=False)
    change(header)
    content = header.binaryblock + content[348:]
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def volume(data: NDArray[np.generic], **keywords: object) -> Volume:
    shape = (data.shape[0], data.shape[1], data.shape[2])
    return Volume(data, Grid(shape, AFFINE), **keywords)  # type: ignore[arg-type]


def refused(path: Path, kind: type[CrossresError], *words: str) -> None:
    with pytest.raises(kind) as caught:
        read(path)
    text = str(caught.value)
    assert "\n" not in text
    assert path.name in text
    for word in words:
        assert word in text


def codes(sform: int, qform: int) -> Callable[[nib.Nifti1Header], object]:
    def change(header: nib.Nifti1Header) -> None:
        header.set_sform(AFFINE, sform)
        header.set_qform(rotated(10), qform)

    return change
