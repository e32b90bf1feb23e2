"""Tissues of the phantom and their magnetic properties at 3 T."""

from enum import IntEnum
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

Fractions: TypeAlias = Float[np.ndarray, "tissue i j k"]
"""Part of each voxel that each tissue fills, 0 to 1."""


class Tissue(IntEnum):
    """The tissues of a voxel; the value is the index into ``Head.fractions``."""

    AIR = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    BONE = 4
    MARROW = 5
    CSF = 6
    GREY = 7
    WHITE = 8
    DEEP_GREY = 9
    PALLIDUM = 10
    BLOOD = 11
    HUMOUR = 12
    MUCOSA = 13
    LESION = 14


BRAIN = (Tissue.GREY, Tissue.WHITE, Tissue.DEEP_GREY, Tissue.PALLIDUM, Tissue.LESION)
"""Tissues that count as brain."""


class Relaxation(NamedTuple):
    """Magnetic properties of one tissue."""

    t1: float
    """Longitudinal relaxation time, ms."""
    t2: float
    """Transverse relaxation time, ms."""
    density: float
    """Proton density relative to water, 0 to 1."""


RELAXATION: dict[Tissue, Relaxation] = {
    Tissue.AIR: Relaxation(1.0, 1.0, 0.0),
    Tissue.SKIN: Relaxation(1100.0, 40.0, 0.70),
    Tissue.FAT: Relaxation(371.0, 133.0, 0.75),
    Tissue.MUSCLE: Relaxation(1420.0, 31.7, 0.75),
    Tissue.BONE: Relaxation(223.0, 0.39, 0.20),
    Tissue.MARROW: Relaxation(365.0, 133.0, 0.60),
    Tissue.CSF: Relaxation(4163.0, 2000.0, 1.00),
    Tissue.GREY: Relaxation(1331.0, 110.0, 0.82),
    Tissue.WHITE: Relaxation(832.0, 79.6, 0.70),
    Tissue.DEEP_GREY: Relaxation(1200.0, 85.0, 0.80),
    Tissue.PALLIDUM: Relaxation(950.0, 58.0, 0.74),
    Tissue.BLOOD: Relaxation(1649.0, 20.0, 0.85),
    Tissue.HUMOUR: Relaxation(4000.0, 1000.0, 1.00),
    Tissue.MUCOSA: Relaxation(1300.0, 110.0, 0.80),
    Tissue.LESION: Relaxation(852.0, 160.0, 0.70),
}
"""Properties at 3 T.

White and grey matter: Wansapura et al. 1999,
doi 10.1002/(SICI)1522-2586(199904)9:4<531::AID-JMRI4>3.0.CO;2-L. Fat, marrow fat and muscle: Gold
et al. 2004, doi 10.2214/ajr.183.2.1830343. Blood T1: Lu et al. 2004, doi 10.1002/mrm.20178. CSF and
deep grey matter: within the ranges that Bojorquez et al. 2017 reviewed,
doi 10.1016/j.mri.2016.08.021.
Densities follow the usual WM : GM : CSF of 0.70 : 0.82 : 1.

Chosen rather than measured: skin, eye and mucosa; cortical bone (any T2 below 1 ms is dark); the
densities of fat and of marrow (trabeculae share the voxel); blood with a T2 of 20 ms, which stands
for the flow void of a spin echo; lesions with the T1 that makes them look like white matter in T1w.
"""
