"""The method in memory: ``crossres.enhance``, on paths, images or arrays."""

from __future__ import annotations

from collections.abc import Sequence

from crossres.inference import Candidate, Enhanced, EnhanceSettings, RunLog
from crossres.inference.device import on_device
from crossres.inference.method import DEFAULTS
from crossres.inference.method import enhance as enhance_aligned
from crossres.inference.plane_profile import without_zero_filling
from crossres.physics.slice_spectra import slice_thickness_of
from crossres.registration import align
from crossres.types import Progress, SettingsError
from crossres.volume import Grid, Volume, background_of, fine_grid, with_slice_profile
from crossres.volume.target_grid import Numbers
from crossres.weights.card import WeightCard
from crossres.weights.choose import Notes, candidates_for
from crossres.weights.defaults import KnownContrasts
from crossres.workflows.enhance.arguments import (
    Contrasts,
    Image,
    Weights,
    check_settings,
    list_weights,
    read_image,
)
from crossres.workflows.enhance.request import contrast_notes, known_contrasts


def enhance(
    target: Image,
    guide: Image | None = None,
    *,
    factor: Numbers | None = None,
    spacing: Numbers | None = None,
    weights: Weights = (),
    contrasts: Contrasts | None = None,
    settings: EnhanceSettings = DEFAULTS,
    progress: Progress | None = None,
) -> Enhanced:
    """Enhance a scan with the guide of the same subject, in memory.

    The result is that of ``crossres enhance`` on the same scans, to the last bit.

    Args:
        target: The scan: a path (NIfTI file, or DICOM folder with one series), a :class:`Volume`,
            an image of nibabel, or a pair of data ``(i, j, k)`` and 4 x 4 affine to RAS+ mm.
        guide: The other contrast, in any of these forms and on any grid, or None.
        factor: Fine voxels per voxel, 1 to 16: three numbers for the voxel axes, or one for the
            plane.
        spacing: Instead of the factor: mm, three numbers, or one for every coarser axis.
        weights: A name of shipped weights, a file or a candidate, or one for each pass; by default
            the shipped ones for the factor.
        contrasts: Contrast of target and guide as BIDS writes them, such as ("T2w", "T1w"): they
            decide on the shipped weights, and are compared with those of the weights. By default
            the names of files state them; of images in memory they are not known, and the weights
            for any contrast are the default.
        settings: How.
        progress: Called with (slices done, total slices).

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
    scan, notes, file = read_image(target, settings.trust, stated_slices=stated_slices)
    other, more, guide_file = (
        (None, [], None) if guide is None else read_image(guide, settings.trust)
    )
    log.warn([*notes, *more])
    log.lap("reading")
    files = {"target": file, "guide": guide_file}
    inputs = {role: found for role, found in files.items() if found is not None}

    def warnings(card: WeightCard) -> Sequence[str]:
        return contrast_notes(card, contrasts, inputs)

    fine = fine_grid(scan.grid, factor=factor, spacing=spacing)
    return enhance_volumes(
        scan,
        other,
        fine,
        weights=list_weights(weights),
        contrasts=known_contrasts(contrasts, {role: one.name for role, one in inputs.items()}),
        notes=warnings,
        settings=settings,
        log=log,
        progress=progress,
    )


def enhance_volumes(
    target: Volume,
    guide: Volume | None,
    fine: Grid,
    *,
    weights: Sequence[str | Candidate],
    contrasts: KnownContrasts,
    notes: Notes,
    settings: EnhanceSettings,
    log: RunLog,
    progress: Progress | None = None,
) -> Enhanced:
    """Load weights, align the guide, and enhance: what command line and library share.

    Args:
        target: The scan.
        guide: The other contrast, or None.
        fine: Grid of the result.
        weights: Names, files or candidates, one for each pass; none for the shipped ones.
        contrasts: Contrasts of target and guide, as far as they are known.
        notes: Further warnings that the card of the weights gives rise to.
        settings: How.
        log: Warnings and timings so far.
        progress: Called with (slices done, total slices).

    Returns:
        The enhanced scan.

    Raises:
        CrossresError: Weights, grids or images that do not go together.
    """
    settings, guided = on_device(settings), guide is not None
    target = target.with_data(target.data, slice_profile_grid(target, settings))
    target, filled = without_zero_filling(target, fine, settings.plane_profile)
    log.warn(filled)
    candidates = candidates_for(
        weights, (target.grid, fine), guided=guided,
        settings=settings, contrasts=contrasts, notes=notes,
    )  # fmt: skip
    aligned = align(
        target,
        guide,
        fine,
        register=settings.register,
        start=settings.start,
        seed=settings.seed,
    )
    log.lap("registration")
    return enhance_aligned(aligned, candidates, settings, log=log, progress=progress)


def slice_profile_grid(target: Volume, settings: EnhanceSettings) -> Grid:
    """Return the grid of a scan with the profile of its slices as the settings require it.

    Args:
        target: The scan, with the slice thickness that its files state.
        settings: ``slice_thickness`` and ``slice_profile`` are used.

    Returns:
        The grid.

    Raises:
        SettingsError: A thickness that is impossible, or that cannot be measured.
    """
    if settings.slice_profile != "measured":
        return with_slice_profile(
            target.grid, settings.slice_thickness, shape=settings.slice_profile
        )
    found = slice_thickness_of(background_of(target.data).removed(target))
    if found is None:
        raise SettingsError(
            "the slice profile of the target cannot be measured: that requires 16 slices, 1.5 "
            "times as far apart as the voxels of their plane, with spectra like those of the "
            "plane; give `slice_thickness`, or leave `slice_profile` out"
        )
    return with_slice_profile(target.grid, found, shape="gaussian")
