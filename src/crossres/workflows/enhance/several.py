"""Several scans of one contrast to one volume: register, enhance each, join."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from crossres.inference import Candidate, Enhanced, EnhancedScan, EnhanceSettings, RunLog, join
from crossres.inference.single_pass import part_of
from crossres.io import Input
from crossres.registration import RigidTransform, SameContrast, register_same_contrast
from crossres.types import CrossresError, Progress, SettingsError
from crossres.volume import Grid, Volume, background_of, fine_grid
from crossres.volume.nearest_axes import coarser_axes, nearest_axes
from crossres.weights.card import WeightCard
from crossres.weights.choose import Notes
from crossres.weights.defaults import KnownContrasts
from crossres.workflows.enhance.arguments import Contrasts
from crossres.workflows.enhance.joinable import (
    check_contrasts,
    check_distinct,
    check_guide,
    check_joinable,
    check_overlap,
)
from crossres.workflows.enhance.request import contrast_notes, known_contrasts
from crossres.workflows.enhance.single import enhance_volumes, slice_profile_grid

_PARTS = 1000


@dataclass(frozen=True, eq=False)
class NamedScan:
    """One of several scans.

    Args:
        volume: The image.
        contrasts: Contrasts of the scan and of the guide, as far as they are known.
        notes: Further warnings that the card of the weights gives rise to.
    """

    volume: Volume
    contrasts: KnownContrasts
    notes: Notes

    @classmethod
    def of(
        cls,
        volume: Volume,
        contrasts: Contrasts | None,
        scan: Input | None,
        guide: Input | None,
    ) -> NamedScan:
        """Return a scan whose contrasts are given, or follow from the names of files.

        Args:
            volume: The image.
            contrasts: Contrasts of scan and guide where they are given.
            scan: The file that it came from, if any.
            guide: The file of the guide, if any.

        Returns:
            The scan.
        """
        files = {"target": scan, "guide": guide}
        inputs = {role: file for role, file in files.items() if file is not None}
        known = known_contrasts(contrasts, {role: file.name for role, file in inputs.items()})

        def notes(card: WeightCard) -> Sequence[str]:
            return contrast_notes(card, contrasts, inputs)

        return cls(volume, known, notes)


def own_fine_grid(scan: Grid, fine: Grid) -> Grid:
    """Return the fine grid of a further scan: as fine as that of the result, in its own axes.

    Args:
        scan: Grid of the scan.
        fine: Grid of the result.

    Returns:
        A grid over the field of view of the scan; axes that are as fine as the result stay.

    Raises:
        SettingsError: No axis is coarser than the result, or one more than 16 times.

    Example:
        >>> import numpy as np
        >>> fine = Grid((20, 20, 20), np.eye(4))
        >>> own_fine_grid(fine.coarsened((1, 5, 1)), fine).shape
        (20, 20, 20)
    """
    coarser = coarser_axes(fine, scan)
    nearest = zip(scan.spacing, nearest_axes(fine, scan), coarser, strict=True)
    spacing = [fine.spacing[axis] if changed else mm for mm, axis, changed in nearest]
    if not any(coarser):
        raise SettingsError(
            "it is as fine as the result already; leave it out, or give it as `guide`"
        )
    return fine_grid(scan, spacing=spacing)


def enhance_scans(
    scans: Sequence[NamedScan],
    guide: Volume | None,
    fine: Grid,
    *,
    weights: Sequence[str | Candidate],
    settings: EnhanceSettings,
    log: RunLog,
    progress: Progress | None = None,
    transform: RigidTransform | None = None,
) -> Enhanced:
    """Enhance one scan, or several that become one volume on the fine grid of the first one.

    Several are registered with the first one, and the guide with the first one too: its motion
    against the others follows. Each scan is enhanced by itself on a grid of its own, and all are
    joined (:func:`crossres.inference.join`).

    Args:
        scans: At least one; the first is the reference.
        guide: The other contrast, or None.
        fine: Grid of the result.
        weights: Names, files or candidates, one for each pass; none for the shipped ones.
        settings: How.
        log: Warnings and timings so far.
        progress: Called with (steps done, total steps).
        transform: The motion from the world of the first scan to the guide's where it is known.

    Returns:
        The result.

    Raises:
        CrossresError: As :func:`enhance_volumes`; a transform without a guide; a guide that is one
            of the scans; scans that cannot be joined.
    """
    if transform is not None:
        _check_transform(guide, settings)
    if guide is not None:
        check_guide([scan.volume for scan in scans], guide)
    if len(scans) == 1:
        only = scans[0]
        return enhance_volumes(
            only.volume, guide, fine, weights=weights, contrasts=only.contrasts, notes=only.notes,
            settings=settings, log=log, progress=progress, transform=transform,
        )  # fmt: skip
    check_joinable(settings)
    check_contrasts([scan.contrasts[0] for scan in scans])
    check_distinct([scan.volume for scan in scans])
    scans = [_with_slices(number, scan, settings) for number, scan in enumerate(scans)]
    settings = replace(settings, slice_thickness=None, slice_profile=None)
    grids, found = [fine], [SameContrast(RigidTransform.identity(), 1.0, 1.0)]
    for number, scan in enumerate(scans[1:], start=1):
        with _naming(number):
            grids.append(own_fine_grid(scan.volume.grid, fine))
            found.append(_aligned(scans[0].volume, scan.volume, settings))
            check_overlap(fine, scan.volume, found[-1].transform)
    log.lap("registration_of_scans")
    done: list[EnhancedScan] = []
    for number, (scan, grid, alignment) in enumerate(zip(scans, grids, found, strict=True)):
        own = RunLog(f"scan {number + 1}: ") if number else log
        known = transform
        if number and guide is not None:
            known = _to_guide(done[0].enhanced, alignment)
        with _naming(number):
            enhanced = enhance_volumes(
                scan.volume, guide, grid, weights=weights, contrasts=scan.contrasts,
                notes=scan.notes, settings=settings, log=own, transform=known,
                progress=part_of(progress, [_PARTS] * len(scans), number),
            )  # fmt: skip
        done.append(EnhancedScan(enhanced, alignment))
        log.keep(own)
    log.lap("other_scans")
    return join(done, settings, log)


def _check_transform(guide: Volume | None, settings: EnhanceSettings) -> None:
    """Refuse a known motion without a guide, or beside settings of a registration."""
    if guide is None:
        raise SettingsError("`transform` is the motion of a guide; add a `guide`, or leave it out")
    if not settings.register or settings.start != "headers":
        raise SettingsError(
            "`transform` takes the place of a registration; leave out `start` and `register=False`"
        )


@contextmanager
def _naming(number: int) -> Iterator[None]:
    """Name a further scan in errors about it."""
    try:
        yield
    except CrossresError as error:
        if number == 0:
            raise
        raise type(error)(f"scan {number + 1}: {error}") from error


def _with_slices(number: int, scan: NamedScan, settings: EnhanceSettings) -> NamedScan:
    """Return a scan with the profile of its slices, which is measured once."""
    volume = scan.volume
    with _naming(number):
        return replace(
            scan, volume=volume.with_data(volume.data, slice_profile_grid(volume, settings))
        )


def _aligned(reference: Volume, scan: Volume, settings: EnhanceSettings) -> SameContrast:
    """Return the alignment of a scan with the first one, before either is enhanced."""
    to, moving = (background_of(each.data).removed(each) for each in (reference, scan))
    return register_same_contrast(moving, to=to, search=settings.register, seed=settings.seed)


def _to_guide(first: Enhanced, alignment: SameContrast) -> RigidTransform:
    """Return the motion from the world of a scan to that of the guide, by way of the first."""
    registration, of_first = first.aligned.registration, first.aligned.given
    to_first = alignment.transform.inverse()
    if registration is not None:
        of_first = registration.transform
    return to_first if of_first is None else RigidTransform(of_first.matrix @ to_first.matrix)
