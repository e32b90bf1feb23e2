"""The method in memory: ``crossres.enhance``, on paths, images or arrays."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from crossres.inference import Enhanced, EnhanceSettings, RunLog
from crossres.inference.method import DEFAULTS
from crossres.registration import RigidTransform
from crossres.types import Progress
from crossres.volume.target_grid import Numbers
from crossres.workflows.enhance.arguments import (
    Contrasts,
    Image,
    Weights,
    check_settings,
    list_images,
    list_weights,
    read_image,
)
from crossres.workflows.enhance.several import NamedScan, enhance_scans
from crossres.workflows.enhance.target_grid import target_grid

_LOGGER = logging.getLogger(__name__)


def enhance(
    target: Image | Sequence[Image],
    guide: Image | None = None,
    *,
    factor: Numbers | None = None,
    spacing: Numbers | None = None,
    weights: Weights = (),
    contrasts: Contrasts | None = None,
    settings: EnhanceSettings = DEFAULTS,
    progress: Progress | None = None,
    transform: RigidTransform | None = None,
) -> Enhanced:
    """Enhance a scan with the guide of the same subject, in memory.

    The result is that of ``crossres enhance`` on the same scans, to the last bit.

    Args:
        target: The scan: a path (NIfTI file, or DICOM folder with one series), a :class:`Volume`,
            an image of nibabel, or a pair of data ``(i, j, k)`` and 4 x 4 affine to RAS+ mm. Or a
            list of scans of one contrast, of any orientations, which become one volume: the first
            is the reference (docs/concepts/several-scans.md).
        guide: The other contrast, in any of these forms and on any grid, or None.
        factor: Fine voxels per voxel, 1 to 16: three numbers for the voxel axes, or one for the
            plane. Without factor and spacing the result is isotropic at the finest voxel size of
            scan and guide, but no factor exceeds the largest that the weights are for.
        spacing: Instead of the factor: mm, three numbers, or one for every coarser axis.
        weights: A name of shipped weights, a file or a candidate, or one for each pass; by default
            the shipped ones for the factor.
        contrasts: Contrast of target and guide as BIDS writes them, such as ("T2w", "T1w"): they
            decide on the shipped weights, and are compared with those of the weights. By default
            the names of files state them; of images in memory they are not known, and the weights
            for any contrast are the default.
        settings: How.
        progress: Called with (slices done, total slices).
        transform: The motion from the world of the scan to the guide's where it is known, instead
            of a registration.

    Returns:
        The enhanced scan: ``volume``, ``interpolated``, ``consistency``, ``passes``, ``warnings``,
        ``timings``.

    Raises:
        CrossresError: An image, a factor, a setting or weights that cannot be used.

    Example:
        >>> import crossres as cr
        >>> t1, t2 = cr.make_pair(0, shape=(30, 34, 30), spacing=6.0)
        >>> coarse = cr.degrade(t2, cr.coarse_grid(t2.grid, factor=2))
        >>> done = cr.enhance(coarse, guide=t1, factor=2)
        >>> done.volume.shape == t2.shape
        True
    """
    check_settings(settings, contrasts)
    log = RunLog()
    stated_slices = settings.slice_thickness is None
    read = [
        read_image(each, settings.trust, stated_slices=stated_slices)
        for each in list_images(target)
    ]
    other, more, guide_file = (
        (None, [], None) if guide is None else read_image(guide, settings.trust)
    )
    log.warn([*(note for _, notes, _ in read for note in notes), *more])
    log.lap("reading")
    scans = [NamedScan.of(scan, contrasts, file, guide_file) for scan, _, file in read]
    chosen = list_weights(weights)
    grid = target_grid(
        scans[0].volume.grid, None if other is None else other.grid, factor=factor,
        spacing=spacing, weights=chosen, contrasts=scans[0].contrasts,
    )  # fmt: skip
    if grid.note is not None:
        _LOGGER.info("%s", grid.note)
    return enhance_scans(
        scans, other, grid.fine, weights=chosen, settings=settings, log=log, progress=progress,
        transform=transform,
    )  # fmt: skip
