"""Positions of the structures of a head, in mm from the middle of the brain (RAS+).

They are those of the mean head; each subject scales them. Structures are listed in the order of
painting: one that is listed first hides those that follow.
"""

from __future__ import annotations

from crossres.phantom.shapes import Ellipsoid, Shape, Tube
from crossres.phantom.tissues import Tissue

Part = tuple[Tissue, Shape]

_LATERAL_VENTRICLE = (
    (13, 35, 4), (8.5, 21, 11), (5.5, 4, 17), (9.5, -18, 18), (22, -36, 8), (30, -31, -9),
    (33, -10, -20),
)  # fmt: skip
"""Centre line of the right lateral ventricle."""


def both(tissue: Tissue, *shapes: Shape) -> list[Part]:
    """Return shapes and their mirror images, all of one tissue.

    Args:
        tissue: The tissue.
        shapes: Shapes of the right side.

    Returns:
        Twice as many parts.
    """
    return [(tissue, s) for shape in shapes for s in (shape, shape.mirrored())]


def ventricles(size: float) -> list[Part]:
    """Return the ventricles and those cisterns that the brain's outline does not form.

    Args:
        size: Factor on the radii; 1 is a young adult.

    Returns:
        The parts, all of cerebrospinal fluid.
    """
    body = Tube(_LATERAL_VENTRICLE, tuple(size * r for r in (2.6, 4.6, 4.0, 4.2, 6.0, 3.0, 1.6)))
    horn = Ellipsoid((8, 20, 8), (3.2 * size, 11, 7.5 * size), -20)
    occipital = Tube(((24, -38, 6), (22, -52, 3), (17, -64, 2)), (5 * size, 3 * size, 1.0))
    return [
        *both(Tissue.CSF, body, horn, occipital),
        (Tissue.CSF, Ellipsoid((0, -8, -2), (1.6 * size, 14, 9))),
        (Tissue.CSF, Tube(((0, -21, -8), (0, -27, -22), (0, -33, -34)), (1.0, 1.0, 1.6))),
        (Tissue.CSF, Ellipsoid((0, -35, -42), (8 * size, 4 * size, 9))),
        (Tissue.CSF, Ellipsoid((0, -30, 2), (13, 6, 3))),
    ]


def septum() -> list[Part]:
    """Return what lies inside the ventricles: septum, fornix and choroid plexus.

    Returns:
        The parts, in the order of painting.
    """
    return [
        (Tissue.WHITE, Ellipsoid((0, 12, 12), (0.9, 24, 10))),
        *both(Tissue.WHITE, Tube(((1.5, 8, 2), (2, -2, 11), (5, -18, 13)), (1.6, 1.6, 1.6))),
        *both(Tissue.BLOOD, Tube(((14, -22, 16), (24, -36, 5), (29, -31, -7)), (1.0, 2.0, 1.0))),
    ]


def nuclei() -> list[Part]:
    """Return the deep grey matter.

    Returns:
        The parts, in the order of painting.
    """
    return [
        *both(Tissue.PALLIDUM, Ellipsoid((19, 0, -1), (3.5, 9, 6.5), -22)),
        *both(Tissue.PALLIDUM, Ellipsoid((5, -17, -17), (3, 3.2, 3.5))),
        *both(Tissue.PALLIDUM, Ellipsoid((9.5, -15, -20), (1.8, 5.5, 3.5), -40)),
        *both(Tissue.DEEP_GREY, Ellipsoid((26, 3, 1), (5.2, 17, 10.5), -12)),
        *both(Tissue.DEEP_GREY, Ellipsoid((13, 22, 5), (5.8, 9.5, 9.5), -15)),
        *both(Tissue.DEEP_GREY, Tube(((14, 18, 12), (17, 0, 20), (22, -22, 19)), (4.5, 3.2, 1.6))),
        *both(Tissue.DEEP_GREY, Ellipsoid((10.5, -16, 4), (7.0, 14.5, 8.5), 22)),
        *both(Tissue.GREY, Ellipsoid((8, 10, -8), (5, 6, 4))),
        *both(Tissue.GREY, Ellipsoid((22, 0, -22), (7, 7, 7))),
        *both(Tissue.GREY, Tube(((24, -9, -24), (29, -22, -18), (26, -34, -6)), (5.5, 4.5, 3.0))),
        *both(Tissue.DEEP_GREY, Ellipsoid((14, -50, -40), (5, 6, 3.5))),
    ]


def face() -> list[Part]:
    """Return eyes and orbits.

    Returns:
        The parts, in the order of painting.
    """
    eye, nerve = (31.0, 72.0, -30.0), ((31, 61, -30), (22, 40, -26), (7, 18, -20))
    rectus = [
        Tube(
            ((31 + a, 70, -30 + b), (31 + 0.8 * a, 55, -30 + 0.8 * b), (23, 38, -27)),
            (1.5, 2.2, 1.0),
        )
        for a, b in ((10.5, 0), (-10.5, 0), (0, 10.5), (0, -10.5))
    ]
    return [
        *both(Tissue.MUSCLE, Ellipsoid((31, 80, -30), (4.6, 1.9, 4.6))),
        *both(Tissue.HUMOUR, Ellipsoid(eye, (11, 11.3, 11))),
        *both(Tissue.SKIN, Ellipsoid(eye, (12.3, 12.6, 12.3))),
        *both(Tissue.WHITE, Tube(nerve, (1.7, 1.7, 2.0))),
        *both(Tissue.CSF, Tube(nerve[:2], (3.0, 2.4))),
        *both(Tissue.MUSCLE, *rectus),
        *both(Tissue.FAT, Ellipsoid((30, 62, -30), (15.5, 26, 15.5), 12)),
        *both(Tissue.BONE, Ellipsoid((30, 62, -30), (17.5, 25, 17.5), 12)),
    ]


def airways() -> list[Part]:
    """Return nose, sinuses and pharynx: air, and the mucosa and bone around it.

    Returns:
        The parts, in the order of painting.
    """
    sinus = Ellipsoid((30, 60, -62), (13, 15, 13), 8)
    return [
        *_inside_of_the_nose(),
        *both(Tissue.AIR, Ellipsoid((6, 66, -60), (6.5, 30, 17)), sinus),
        *both(
            Tissue.AIR,
            Ellipsoid((6, 57, -33), (4.8, 20, 11)),
            Ellipsoid((10, 84, -12), (9, 4.5, 9)),
            Ellipsoid((5.5, 27, -36), (6, 9, 8)),
        ),
        *both(Tissue.AIR, Tube(((60, -26, -44), (88, -22, -42)), (3.0, 4.5))),
        (Tissue.AIR, Tube(((0, 30, -62), (0, 14, -72), (0, 8, -110)), (8.0, 8.0, 9.0))),
        *both(Tissue.MUCOSA, Ellipsoid((6, 66, -60), (8.5, 32, 19)), _grown(sinus, 1.5)),
        *both(Tissue.BONE, _grown(sinus, 2.6)),
        (Tissue.MUCOSA, Tube(((0, 30, -62), (0, 14, -72), (0, 8, -110)), (10.5, 10.5, 11.5))),
        (Tissue.BONE, Ellipsoid((0, 58, -80), (24, 32, 3))),
        (Tissue.BONE, Ellipsoid((0, 62, -58), (20, 32, 25))),
    ]


def _inside_of_the_nose() -> list[Part]:
    """Return the nasal septum, the turbinates and the walls of the ethmoid cells."""
    turbinates = [
        Tube(((7, 84, z), (8, 62, z - 1), (7, 44, z)), (1.5, 2.6, 1.5)) for z in (-52, -61, -69)
    ]
    walls = [Ellipsoid((6, y, -33), (5.5, 0.8, 11)) for y in (47, 57, 67)]
    return [
        (Tissue.BONE, Ellipsoid((0.8, 66, -52), (0.9, 28, 24))),
        *both(Tissue.MUCOSA, *turbinates, *walls, Ellipsoid((28, 60, -74), (12, 12, 4))),
        (Tissue.MUCOSA, Ellipsoid((1.2, 66, -54), (1.9, 28, 24))),
    ]


def _grown(shape: Ellipsoid, more: float) -> Ellipsoid:
    """Return the ellipsoid with ``more`` mm added to its radii."""
    x, y, z = shape.radii
    return Ellipsoid(shape.centre, (x + more, y + more, z + more), shape.angle)
