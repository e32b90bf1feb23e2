"""Slices in the radiological convention: upright, in mm, with the patient's sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import ndimage

from crossres.types import GridError, Mask3, SettingsError
from crossres.volume import Volume, foreground_mask, slice_mask

Array2: TypeAlias = Float[np.ndarray, "row column"]
Plane: TypeAlias = Literal["axial", "coronal", "sagittal"]

ACROSS: dict[Plane, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
"""The axis of the patient (right, front, top) across each plane."""
_EDGES: dict[Plane, tuple[str, str, str, str]] = {
    "axial": ("R", "L", "A", "P"),
    "coronal": ("R", "L", "S", "I"),
    "sagittal": ("A", "P", "S", "I"),
}


@dataclass(frozen=True, eq=False)
class Slice:
    """A slice in the orientation of a picture.

    Args:
        data: Intensities, ``(row, column)``; row 0 is the top of the picture.
        width: Field of view from left to right, mm.
        height: Field of view from top to bottom, mm.
        edges: The patient's side at the picture's left, right, top and bottom.
    """

    data: Array2
    width: float
    height: float
    edges: tuple[str, str, str, str]

    @property
    def convention(self) -> str:
        """The orientation in one sentence."""
        if self.edges[0] == "R":
            return "Radiological view: the patient's right is on the left of the picture"
        return "The patient's front is on the left of the picture"


@dataclass(frozen=True)
class Box:
    """A rectangle on a slice, mm from the slice's top left corner."""

    left: float
    top: float
    width: float
    height: float


def slice_panel(
    volumes: Mapping[str, Volume], plane: Plane, *, fraction: float
) -> dict[str, Slice]:
    """Cut the same slice out of several volumes, each on its own grid.

    Each voxel axis stands for the nearest world axis, without interpolation: an oblique scan is
    shown in its own planes.

    Args:
        volumes: Images that cover one field of view, as those of a ``Pair`` do.
        plane: Plane of the slice.
        fraction: Its position, 0-1 of the field of view towards the right, front or top.

    Returns:
        A slice per volume, by the same names.

    Raises:
        GridError: The volumes cover different fields of view.
        SettingsError: A fraction outside 0-1.
    """
    if not 0 <= fraction <= 1:
        raise SettingsError(f"fraction must be 0-1 of the field of view, got {fraction}")
    first = next(iter(volumes.values())).grid
    for name, volume in volumes.items():
        if not volume.grid.shares_edges(first, tolerance=0.1):
            raise GridError(
                f"{name!r} covers another field of view than the rest; resample it onto their grid"
            )
    return {name: _cut(volume.canonical(), plane, fraction) for name, volume in volumes.items()}


def _cut(volume: Volume, plane: Plane, fraction: float) -> Slice:
    """Cut an R, A, S volume: reversing both axes puts right (or front) left, and up on top."""
    axis = ACROSS[plane]
    size = volume.grid.shape[axis]
    data = np.take(volume.data, min(int(fraction * size), size - 1), axis).T[::-1, ::-1]
    width, height = (e for n, e in enumerate(volume.grid.extent) if n != axis)
    return Slice(data, width, height, _EDGES[plane])


def informative_fractions(
    volume: Volume, *, first: Plane = "axial", count: int = 3
) -> dict[Plane, tuple[float, ...]]:
    """Choose positions of slices so that each shows the head.

    Args:
        volume: Any image of the head.
        first: The plane with several positions.
        count: Their number, at least 1; the other planes have one.

    Returns:
        Fractions of the field of view per plane, for :func:`slice_panel`, in rising order.

    Raises:
        VolumeError: An image of a single value.
    """
    mask = foreground_mask(volume.canonical().data)
    return {
        plane: _positions(mask, axis, count if plane == first else 1)
        for plane, axis in ACROSS.items()
    }


def _positions(mask: Mask3, axis: int, count: int) -> tuple[float, ...]:
    """Return evenly spaced positions between the ends of the head, away from both."""
    others = tuple(a for a in range(3) if a != axis)
    inside = np.flatnonzero(mask.any(axis=others))
    start, stop = inside[0], inside[-1] + 1
    steps = np.linspace(0, 1, count + 4)[2:-2] if count > 1 else np.array([0.5])
    return tuple(((start + steps * (stop - start)) / mask.shape[axis]).tolist())


def detailed_box(picture: Slice, *, share: float = 0.3) -> Box:
    """Find the square with the most fine detail inside the head.

    Steep edges are capped, so that the rim of skull or scalp does not outweigh many small edges.

    Args:
        picture: The slice to search.
        share: Side of the square as a share of the root of the slice's area, 0-1; of a slice that
            is narrower than that its shorter side.

    Returns:
        The box, inside the slice.
    """
    rows, columns = picture.data.shape
    side = min(share * (picture.width * picture.height) ** 0.5, picture.width, picture.height)
    window = (
        max(1, round(side * rows / picture.height)),
        max(1, round(side * columns / picture.width)),
    )
    score = _detail(picture.data, window)
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    left = (column + 0.5) * picture.width / columns - side / 2
    top = (row + 0.5) * picture.height / rows - side / 2
    return Box(
        float(np.clip(left, 0, picture.width - side)),
        float(np.clip(top, 0, picture.height - side)),
        side,
        side,
    )


def head_box(picture: Slice, *, margin: float = 0.08) -> Box:
    """Find the rectangle around the head.

    Args:
        picture: The slice to search.
        margin: Margin on each side, as a share of the slice's longer side, 0-1.

    Returns:
        The box, inside the slice; the whole slice where it is empty.
    """
    inside = slice_mask(picture.data)
    if not inside.any():
        return Box(0, 0, picture.width, picture.height)
    room = margin * max(picture.width, picture.height)
    left, right = _ends(np.any(inside, axis=0), picture.width, room)
    top, bottom = _ends(np.any(inside, axis=1), picture.height, room)
    return Box(left, top, right - left, bottom - top)


def _ends(occupied: NDArray[np.bool_], length: float, room: float) -> tuple[float, float]:
    """Return the ends of the occupied part with a margin, mm."""
    places = np.flatnonzero(occupied)
    scale = length / len(occupied)
    start, stop = places[0] * scale - room, (places[-1] + 1) * scale + room
    return max(0.0, float(start)), min(length, float(stop))


def _detail(data: Array2, window: tuple[int, int]) -> Array2:
    """Return, for a box centred on each pixel, its mean capped edge strength times head share."""
    edges = ndimage.gaussian_gradient_magnitude(data.astype(np.float64), 1.0)
    inside = slice_mask(data)
    cap = np.percentile(edges[inside], 90) if inside.any() else 1.0
    share = ndimage.uniform_filter(inside.astype(np.float64), window, mode="constant")
    detail = ndimage.uniform_filter(np.minimum(edges, cap), window, mode="constant")
    weighted: Array2 = detail * share**4
    return weighted
