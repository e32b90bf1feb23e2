"""One scan in memory: load weights, align the guide, enhance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crossres.inference import Candidate, Enhanced, EnhanceSettings, RunLog
from crossres.inference.device import on_device
from crossres.inference.method import enhance as enhance_aligned
from crossres.inference.plane_profile import profile_notes, without_zero_filling
from crossres.physics.slice_spectra import slice_thickness_of
from crossres.registration import RigidTransform, align
from crossres.types import Progress, SettingsError
from crossres.volume import Grid, Volume, background_of, with_slice_profile
from crossres.weights.choose import Notes, candidates_for
from crossres.weights.defaults import KnownContrasts


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
    transform: RigidTransform | None = None,
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
        transform: A motion that is known, from the target's world to the guide's, instead of a
            registration.

    Returns:
        The enhanced scan.

    Raises:
        CrossresError: Weights, grids or images that do not go together.
    """
    settings, guided = on_device(settings), guide is not None
    target = target.with_data(target.data, slice_profile_grid(target, settings))
    read = target
    target, filled = without_zero_filling(target, fine, settings.plane_profile)
    log.warn([*filled, *profile_notes(target.grid, fine, settings.plane_profile)])
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
        transform=transform,
    )
    log.lap("registration")
    done = enhance_aligned(aligned, candidates, settings, log=log, progress=progress)
    pair = replace(done.aligned.pair, target=read)
    return done if target is read else replace(done, aligned=replace(done.aligned, pair=pair))


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
