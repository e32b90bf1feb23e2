"""Digital phantoms from label maps with FreeSurfer numbers."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from crossres.phantom.canvas import coverage
from crossres.phantom.fields import Axes
from crossres.phantom.head import Head, axes_of
from crossres.phantom.subject import Subject
from crossres.phantom.tissues import Tissue
from crossres.types import SettingsError, VolumeError
from crossres.volume import Volume

_SOFT_TISSUE = 507
_BLUR = (0.2, 0.6, 0.2)  # a voxel and its neighbours: a standard deviation of 0.63 voxels

LABEL_TISSUES: dict[Tissue, tuple[int, ...]] = {
    Tissue.AIR: (0,),
    Tissue.SKIN: (511,),
    Tissue.FAT: (),
    Tissue.MUSCLE: (_SOFT_TISSUE, 508),
    Tissue.BONE: (165, 515),
    Tissue.MARROW: (516,),
    Tissue.CSF: (4, 5, 14, 15, 24, 43, 44, 72, 520),
    Tissue.GREY: (3, 8, 17, 18, 26, 31, 42, 47, 53, 54, 58, 63, 80, 136, 137, 163, 164),
    Tissue.WHITE: (2, 7, 16, 28, 41, 46, 60, 85, *range(251, 256), 512, 530),
    Tissue.DEEP_GREY: (10, 11, 12, 49, 50, 51),
    Tissue.PALLIDUM: (13, 52),
    Tissue.BLOOD: (30, 62, 502, 514),
    Tissue.HUMOUR: (506,),
    Tissue.MUCOSA: (509,),
    Tissue.LESION: (25, 57, 77, 78, 79),
}
"""Label numbers of each tissue: FreeSurfer's up to 255, and 500 or more outside the brain.

507 is soft tissue without a label of its own; it is split into muscle and fat. The label maps
of Billot et al. 2023, doi 10.1016/j.media.2023.102789, use these numbers.
"""


def head_from_labels(labels: Volume, seed: int) -> Head:
    """Build a digital phantom from a label map; edges are softened over about a voxel.

    Args:
        labels: Whole label numbers (``LABEL_TISSUES``), any orientation.
        seed: Seed of the fat between the muscles and of the texture, 0 or more.

    Returns:
        A head on the grid of ``labels``, its axes reordered to be nearest to R, A, S.

    Raises:
        SettingsError: A negative seed.
        VolumeError: A number that stands for no tissue, or nothing but background.

    Example:
        >>> from crossres.volume import Grid
        >>> labels = np.zeros((8, 8, 8))
        >>> labels[2:6, 2:6, 2:6] = 2
        >>> head = head_from_labels(Volume(labels, Grid((8, 8, 8), np.eye(4))), 0)
        >>> Tissue(head.labels[4, 4, 4]).name
        'WHITE'
    """
    if seed < 0:
        raise SettingsError(f"seed must be 0 or more, got {seed}")
    upright = labels.canonical()
    tissues = _tissues(upright.data)
    box = _occupied(tissues)
    axes = axes_of(upright.grid)
    fractions = np.zeros((len(Tissue), *tissues.shape), dtype=np.float16)
    fractions[Tissue.AIR] = 1
    for tissue in Tissue:
        fractions[(tissue, *box)] = _softened(tissues[box] == tissue)
    subject = Subject(seed)
    soft = _softened(upright.data[box] == _SOFT_TISSUE)
    part = (axes[0][box[0]], axes[1][box[1]], axes[2][box[2]])
    fat = soft * _fat_share(subject, part, tissues[box])
    fractions[(Tissue.FAT, *box)] += fat
    fractions[(Tissue.MUSCLE, *box)] = np.maximum(fractions[(Tissue.MUSCLE, *box)] - fat, 0)
    return Head(fractions, 1 + 0.015 * subject.texture.on(axes), upright.grid)


def _tissues(numbers: np.ndarray) -> np.ndarray:
    """Translate label numbers into tissues."""
    known = [(n, t) for t, members in LABEL_TISSUES.items() for n in members]
    table = np.full(max(n for n, _ in known) + 1, 255, dtype=np.uint8)
    table[[n for n, _ in known]] = [t for _, t in known]
    whole = np.round(numbers).astype(np.int64)
    tissues = table[np.clip(whole, 0, len(table) - 1)]
    wrong = (whole != numbers) | (whole < 0) | (whole >= len(table)) | (tissues == 255)
    if wrong.any():
        example = float(numbers[wrong][0])
        raise VolumeError(
            f"label {example:g} stands for no tissue; use the numbers that LABEL_TISSUES lists"
        )
    return tissues


def _occupied(tissues: np.ndarray) -> tuple[slice, slice, slice]:
    """Return the box around everything but air, with a margin of two voxels."""
    found = ndimage.find_objects((tissues != Tissue.AIR).astype(np.uint8))
    if not found:
        raise VolumeError("the label map holds nothing but background; give one of a head")
    i, j, k = (slice(max(0, s.start - 2), s.stop + 2) for s in found[0])
    return i, j, k


def _softened(mask: np.ndarray) -> np.ndarray:
    soft = mask.astype(np.float32)
    if mask.any():
        for axis in range(3):
            soft = ndimage.correlate1d(soft, _BLUR, axis=axis, mode="nearest")
    return soft


def _fat_share(subject: Subject, axes: Axes, tissues: np.ndarray) -> np.ndarray:
    """Return how much of the soft tissue is fat: the layer under the skin, and between muscles."""
    spacing = [float(a[1] - a[0]) if len(a) > 1 else 1.0 for a in axes]
    outside = np.isin(tissues, (Tissue.AIR, Tissue.SKIN)).astype(np.float32)
    reach = [2 * int(4 / d) + 1 for d in spacing]
    near_skin = coverage(ndimage.uniform_filter(outside, reach) - 0.15, 0.2)
    x, y, z = axes
    septa = np.abs(subject.septa.on((x, y, 0.45 * z)))
    between = 0.8 * coverage(0.1 + 0.15 * subject.thickness.on(axes) - septa, 0.3)
    lobules = 0.1 * subject.grain.on(axes)
    result: np.ndarray = np.clip(np.maximum(near_skin, between) + lobules, 0, 1)
    return result
