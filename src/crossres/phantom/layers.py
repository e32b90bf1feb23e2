"""Tissue fractions from the surfaces of a head, painted in order: the first hides the others."""

from __future__ import annotations

import numpy as np

from crossres.phantom import anatomy
from crossres.phantom.canvas import Canvas, coverage
from crossres.phantom.fields import Axes, open_mesh
from crossres.phantom.subject import Subject
from crossres.phantom.surfaces import Surfaces, surfaces_on
from crossres.phantom.tissues import Fractions, Tissue
from crossres.types import Array3

_FOLIA = 4.2  # mm from one folium to the next


def tissue_fractions(subject: Subject, axes: Axes, voxel: float) -> Fractions:
    """Build the head at the given points.

    Args:
        subject: Sizes and fields of the head.
        axes: Coordinates of the voxels in mm, before the subject's scale.
        voxel: Size of a voxel, mm.

    Returns:
        Fractions of a voxel, ``(tissue, i, j, k)``, summing to 1 over tissues.
    """
    here = surfaces_on(subject, axes)
    bumps = subject.bumps.on(axes)
    canvas = Canvas(axes, voxel, 0.6 * bumps)
    mid = _midplane(axes, here.thickness)
    _paint_inner_brain(canvas, here, subject)
    _paint_cortex(canvas, here, subject, mid)
    _paint_hind_brain(canvas, here)
    _paint_cavity(canvas, here, mid)
    canvas.stamp_all([*anatomy.airways(), *anatomy.face()])
    grain = subject.grain.on(axes)
    _paint_skull(canvas, here, grain)
    _paint_scalp(canvas, here, subject, grain)
    return canvas.finish()


def _midplane(axes: Axes, wave: Array3) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance to the wavy midplane, and how far above the callosum it opens (mm)."""
    x, y, z = open_mesh(axes)
    arch = np.sqrt(((y + 2) / 37) ** 2 + ((z - 2) / np.where(z > 2, 24, 15)) ** 2)
    return np.abs(x + 1.5 * wave), (arch - 1) * 26


def _paint_inner_brain(canvas: Canvas, here: Surfaces, subject: Subject) -> None:
    # Perivascular spaces: threads where two fields vanish together, in deep white matter only.
    thread = np.hypot(here.vessel, here.vessel_other)
    deep = coverage(here.cerebrum - 16, 6.0)
    canvas.stamp_all([*anatomy.septum(), *anatomy.ventricles(subject.ventricle_size)])
    canvas.paint(Tissue.CSF, 0.6 * deep * coverage(0.3 - thread, canvas.voxel))
    canvas.stamp_all(anatomy.nuclei())
    stem = coverage(here.stem, canvas.voxel)
    canvas.paint(Tissue.WHITE, 0.75 * stem)
    canvas.paint(Tissue.DEEP_GREY, stem)


def _paint_cortex(
    canvas: Canvas, here: Surfaces, subject: Subject, mid: tuple[np.ndarray, np.ndarray]
) -> None:
    """Paint a ribbon of even thickness along outline and fissures and down both walls of sulci."""
    inside = coverage(here.cerebrum, canvas.voxel)
    pial = _pial_depth(canvas, here, subject, mid)
    x, above = mid
    callosum = coverage(2.6 - np.abs(above + 2.4), canvas.voxel) * coverage(13 - x, 6.0)
    canvas.paint(Tissue.WHITE, inside * callosum)
    thickness = subject.cortex_thickness + 0.3 * here.thickness
    canvas.paint(Tissue.WHITE, inside * coverage(pial - thickness, 1.3 * canvas.voxel))
    canvas.paint(Tissue.GREY, inside * coverage(pial, canvas.voxel))


def _pial_depth(
    canvas: Canvas, here: Surfaces, subject: Subject, mid: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    width = subject.sulcus_width + 1.6 * np.exp(-np.clip(here.cerebrum, 0, None) / 2.5)
    beyond = np.clip(here.cerebrum - here.sulcus_depth, 0, None)
    pial = np.minimum(here.cerebrum, np.hypot(here.sulcus, beyond) - width / 2)
    x, above = mid
    beyond = np.clip(x - 9 + 2.5 * here.thickness, 0, None) + np.clip(3 - above, 0, None)
    pial = np.minimum(pial, np.hypot(here.medial, beyond) - subject.sulcus_width / 2)
    pial = np.minimum(pial, np.hypot(x, np.clip(-above, 0, None)) - 1.0)
    result: np.ndarray = np.minimum(pial, _sylvian(canvas.axes, subject.sulcus_width, here))
    return result


def _sylvian(axes: Axes, width: float, here: Surfaces) -> np.ndarray:
    """Return the distance to the walls of the Sylvian fissure and of the cleft over the insula."""
    x, y, z = open_mesh(axes)
    height = z - (-13 - 0.28 * (y - 8)) + 2.5 * here.thickness + 0.5 * here.vessel
    ends = np.clip(np.abs(y - 3) - 33, 0, None)
    side = np.abs(x) - 38 + 0.004 * (y - 4) ** 2 + 0.02 * (height - 5) ** 2 + 0.35 * here.vessel
    lateral = np.sqrt(height**2 + np.clip(-side, 0, None) ** 2 + ends**2)
    insular = np.sqrt(side**2 + np.clip(np.abs(height - 5) - 12, 0, None) ** 2 + ends**2)
    result: np.ndarray = np.minimum(lateral - 0.9 * width, insular - 0.6 * width)
    return result


def _paint_hind_brain(canvas: Canvas, here: Surfaces) -> None:
    inside = coverage(here.cerebellum, canvas.voxel)
    sheet = np.abs((here.folium + _FOLIA / 2) % _FOLIA - _FOLIA / 2)
    primary = np.abs((here.folium + 9) % 18 - 9)
    fine = np.hypot(sheet, np.clip(here.cerebellum - 5.5, 0, None)) - 0.35
    coarse = np.hypot(primary, np.clip(here.cerebellum - 13, 0, None)) - 0.55
    pial = np.minimum(here.cerebellum, np.minimum(fine, coarse))
    canvas.paint(Tissue.WHITE, inside * coverage(pial - 1.35, canvas.voxel))
    canvas.paint(Tissue.GREY, inside * coverage(pial, canvas.voxel))


def _paint_cavity(canvas: Canvas, here: Surfaces, mid: tuple[np.ndarray, np.ndarray]) -> None:
    """Paint vessels, falx, tentorium and sinus, and CSF around them."""
    x, above = mid
    cavity = coverage(here.cavity, canvas.voxel)
    z = open_mesh(canvas.axes)[2]
    sinus = 3.4 - np.hypot(x, here.cavity - 1)
    canvas.paint(Tissue.BLOOD, coverage(sinus, canvas.voxel) * (z > -15) * coverage(above - 8, 4))
    pial = 0.6 - np.hypot(here.vessel, np.minimum(np.abs(here.cerebrum), np.abs(here.sulcus)))
    canvas.paint(Tissue.BLOOD, cavity * coverage(pial, canvas.voxel))
    falx = coverage(0.35 - x, canvas.voxel) * coverage(above - 9, 3.0)
    canvas.paint(Tissue.BONE, cavity * falx * (here.cerebrum > -4))
    tent = 0.8 * coverage(0.35 - np.abs(here.cerebrum - here.cerebellum) / 2, canvas.voxel)
    canvas.paint(Tissue.BONE, cavity * tent * (np.abs(here.cerebrum + 1.3) < 1.3))
    canvas.paint(Tissue.CSF, cavity)


def _paint_skull(canvas: Canvas, here: Surfaces, grain: Array3) -> None:
    """Paint dura and inner table, diploe with its trabeculae, outer table."""
    z = open_mesh(canvas.axes)[2]
    base = coverage(-z - 22, 20.0)
    out = -here.cavity
    marrow = np.minimum(out - 2.0, here.skull - 1.7 - out)
    filled = np.clip(0.85 + 0.2 * grain - 0.55 * base, 0, 1)
    canvas.paint(Tissue.MARROW, filled * coverage(marrow, canvas.voxel))
    canvas.paint(Tissue.BONE, coverage(here.skull - out, canvas.voxel))


def _paint_scalp(canvas: Canvas, here: Surfaces, subject: Subject, grain: Array3) -> None:
    """Paint skin, fat, and the muscles below with the fat between them."""
    head = coverage(here.head, canvas.voxel)
    skin = 1.9 + 0.2 * here.thickness
    canvas.paint(Tissue.SKIN, head * coverage(skin - here.head, canvas.voxel))
    layer = subject.fat_thickness * (1 + 0.25 * here.thickness) + skin
    lobules = np.clip(0.93 + 0.1 * grain, 0, 1)
    canvas.paint(Tissue.FAT, head * lobules * coverage(layer - here.head, canvas.voxel))
    septa = 0.8 * coverage(0.5 + 0.5 * here.thickness - np.abs(here.septum), 1.5)
    canvas.paint(Tissue.FAT, head * np.clip(septa + 0.08 * grain, 0, 1))
    canvas.paint(Tissue.MUSCLE, head)
