"""The large surfaces of a head as depths (mm, positive inside), on a coarse lattice.

All surfaces are smooth on the scale of the lattice; thin structures are added at full resolution.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from crossres.phantom.fields import Axes, interpolate, open_mesh
from crossres.phantom.shapes import (
    Ellipsoid,
    Tube,
    smooth_intersection,
    smooth_union,
)
from crossres.phantom.subject import Subject
from crossres.types import Array3

_STEP = 2.5


@dataclass(frozen=True, eq=False)
class Surfaces:
    """Depths and signed distances in mm, each (i, j, k) on the same points."""

    cerebrum: Array3
    """Depth below the smooth outline of the cerebrum."""
    cerebellum: Array3
    """Depth below the smooth outline of the cerebellum."""
    stem: Array3
    """Depth below the surface of the brain stem and cord."""
    cavity: Array3
    """Depth inside the skull's cavity and the canal of the spine."""
    skull: Array3
    """Thickness of the skull here."""
    head: Array3
    """Depth below the skin."""
    sulcus: Array3
    """Signed distance to the nearest sulcal sheet of the cerebrum."""
    sulcus_depth: Array3
    """Depth of that sheet below the outline."""
    medial: Array3
    """Signed distance to the nearest sulcal sheet of the wall along the midline."""
    folium: Array3
    """Position across the folia of the cerebellum."""
    vessel: Array3
    """Signed distance to the first sheet of vessels."""
    vessel_other: Array3
    """Signed distance to the second sheet of vessels."""
    septum: Array3
    """Signed distance to the nearest sheet between muscles."""
    thickness: Array3
    """Slow field of unit variance for the thickness of layers."""


def surfaces_on(subject: Subject, axes: Axes) -> Surfaces:
    """Return the surfaces at rectilinear points, interpolated from a lattice.

    Args:
        subject: Sizes and fields of the head.
        axes: Coordinates along i, j and k, mm, before the subject's scale.

    Returns:
        Depths and distances, ``(i, j, k)`` each.
    """
    # Knots are multiples of the step, so that a slab and the whole head share theirs.
    ends = [(np.floor(a.min() / _STEP) - 3, np.ceil(a.max() / _STEP) + 3) for a in axes]
    x, y, z = ((np.arange(n, m + 1) * _STEP).astype(np.float32) for n, m in ends)
    knots = (x, y, z)
    coarse = _on_lattice(subject, knots)
    return Surfaces(
        **{f.name: interpolate(getattr(coarse, f.name), knots, axes) for f in fields(Surfaces)}
    )


def _on_lattice(subject: Subject, knots: Axes) -> Surfaces:
    mesh = open_mesh(knots)
    thickness = subject.thickness.on(knots)
    cerebrum = _cerebrum(mesh) + 1.8 * subject.outline.on(knots)
    cerebellum = smooth_intersection(_cerebellum(mesh), -cerebrum - 2.5, 3)
    stem = _stem(mesh)
    cavity = _normalised(_cavity(mesh, cerebrum, cerebellum, stem) + 0.4 * thickness)
    skull = _skull(subject, mesh, thickness)
    sulcus, sulcus_depth = _sulci(subject, knots, cerebrum)
    vessel, other = (_distance(f.on(knots)) for f in subject.vessels)
    return Surfaces(
        cerebrum=_normalised(cerebrum), cerebellum=_normalised(cerebellum), stem=stem,
        cavity=cavity, skull=skull, head=_head(subject, mesh, cavity + skull, thickness),
        sulcus=sulcus, sulcus_depth=sulcus_depth, medial=_medial(subject, knots),
        folium=_folium(mesh, subject.folds.on(knots)), vessel=vessel, vessel_other=other,
        septum=_distance(subject.septa.on((knots[0], knots[1], 0.45 * knots[2]))),
        thickness=thickness,
    )  # fmt: skip


def _slope(level: np.ndarray) -> np.ndarray:
    parts = np.gradient(level, _STEP)
    result: np.ndarray = np.sqrt(sum(part**2 for part in parts))
    return result


def _normalised(depth: np.ndarray) -> np.ndarray:
    """Make a level function a distance, to first order."""
    result: np.ndarray = depth / np.clip(_slope(depth), 0.5, 2)
    return result


def _distance(waves: np.ndarray) -> np.ndarray:
    """Return the signed distance (mm, first order) to the zero sheets of a field of waves."""
    result: np.ndarray = waves / np.sqrt(_slope(waves) ** 2 + 0.04**2)
    return result


def _cerebrum(mesh: Axes) -> np.ndarray:
    x, y, z = mesh
    taper = 1 - 0.13 * np.clip((y + 15) / 90, 0, 1) ** 2
    egg = Ellipsoid((0, -1, 4), (65, 82, 57)).depth((x / taper, y, z))
    tent = 0.30 * np.clip(-y, 0, 42) - 0.22 * np.abs(x)
    floor = z + 20 - np.where(y > 0, 0.12 * y, tent)
    temporal = Ellipsoid((42, 3, -24), (22, 41, 20), 10).depth((np.abs(x), y, z))
    return smooth_union(smooth_intersection(egg, floor, 14), temporal, 6)


def _cerebellum(mesh: Axes) -> np.ndarray:
    x, y, z = mesh
    lobes = Ellipsoid((25, -53, -36), (34, 30, 28)).depth((np.abs(x), y, z))
    vermis = Ellipsoid((0, -53, -32), (14, 25, 26)).depth(mesh)
    peduncle = Tube(((8, -22, -42), (18, -40, -40)), (7, 9)).depth((np.abs(x), y, z))
    return smooth_union(smooth_union(lobes, vermis, 5), peduncle, 4)


def _stem(mesh: Axes) -> np.ndarray:
    x, y, z = mesh
    pons = Ellipsoid((0, -17, -40), (17, 12, 14)).depth(mesh)
    cord = Tube(
        ((0, -20, -12), (0, -25, -36), (0, -27, -58), (0, -31, -78), (0, -33, -135)),
        (10, 10, 8, 6, 5),
    )
    peduncles = Tube(((8, -15, -30), (9, -12, -14), (15, -7, 0)), (6, 7.5, 8))
    whole = smooth_union(cord.depth(mesh), peduncles.depth((np.abs(x), y, z)), 4)
    return smooth_union(whole, pons, 5)


def _cavity(
    mesh: Axes, cerebrum: np.ndarray, cerebellum: np.ndarray, stem: np.ndarray
) -> np.ndarray:
    hind = smooth_union(cerebellum + 3.0, stem + 4.0, 10)
    return smooth_union(cerebrum + 2.4, hind, 8)


def _skull(subject: Subject, mesh: Axes, thickness: np.ndarray) -> np.ndarray:
    x, y, z = mesh
    temple = np.exp(-(((np.abs(x) - 66) / 22) ** 2) - ((y - 8) / 35) ** 2 - ((z + 12) / 24) ** 2)
    return subject.skull_thickness + 0.8 * thickness - 3.0 * temple


def _head(subject: Subject, mesh: Axes, skull: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    x, y, z = mesh
    scalp = subject.fat_thickness + 3.2 + 0.4 * thickness
    temples = Ellipsoid((36, 24, -22), (38, 48, 46)).depth((np.abs(x), y, z))
    face = Ellipsoid((0, 42, -58), (60, 50, 62)).depth(mesh)
    nose = Tube(((0, 86, -28), (0, 99, -54), (0, 97, -62)), (7, 10, 12)).depth(mesh)
    neck = Tube(((0, -30, -52), (0, -36, -140)), (60, 58)).depth(mesh)
    ear = Ellipsoid((79, -22, -34), (5, 13, 25)).depth((np.abs(x), y, z))
    vault = smooth_union(skull + scalp, temples, 16)
    whole = smooth_union(smooth_union(vault, face, 24), neck, 30)
    return _normalised(smooth_union(smooth_union(whole, nose, 8), ear, 4))


def _sulci(subject: Subject, knots: Axes, cerebrum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Extend the folding of the outline inwards along its normals: sheets stand upright on it."""
    points = np.stack(np.broadcast_arrays(*open_mesh(knots)))
    normal = np.stack(np.gradient(cerebrum, _STEP))
    normal /= np.maximum(np.sqrt((normal**2).sum(0)), 0.3)
    inwards = np.clip(cerebrum, -5, 22) * normal
    # The finer waves are displaced less along the normals, so the sheets bend with depth.
    wiggle = subject.folds_fine.at(points - 0.3 * inwards)
    folds = subject.folds.at(points - 0.75 * inwards) + 0.45 * wiggle
    depth = np.clip(20.0 + 6.0 * subject.depth.on(knots), 5, 28)
    x, y, z = open_mesh(knots)
    core = np.exp(-((x / 17) ** 4) - ((y + 12) / 24) ** 4 - ((z + 16) / 18) ** 4)
    return _distance(folds), depth * (1 - core)


def _medial(subject: Subject, knots: Axes) -> np.ndarray:
    """Extend the folding of the midplane sideways."""
    x, y, z = knots
    plane = subject.folds.on((np.zeros(1), y, z)) + 0.6 * subject.folds_fine.on((0.8 * x, y, z))
    return _distance(plane)


def _folium(mesh: Axes, waves: np.ndarray) -> np.ndarray:
    """Fan the sheets of the cerebellum out from the fourth ventricle."""
    x, y, z = mesh
    angle = np.arctan2(z + 40, 12 - (y + 36))
    position: np.ndarray = 26 * angle + 0.18 * np.abs(x) + 1.2 * waves
    return position
