"""Bring a guide to its target: align it, and put it on the fine grid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from crossres.physics import resolution_notes, resolution_of, resolved_grid
from crossres.registration.normalisation import Normalised, normalise
from crossres.registration.resampling import resample, resolution_along
from crossres.registration.rigid import MIN_OVERLAP, Registration, overruled, register_rigid
from crossres.registration.search import Start
from crossres.registration.shared_mask import RIM_MM, resample_within_mask, share_mask
from crossres.registration.similarity import overlap
from crossres.registration.transform import RigidTransform
from crossres.types import (
    GridError,
    RegistrationError,
    Triple,
)
from crossres.volume import Background, Grid, Pair, Volume, background_of
from crossres.volume.target_grid import COARSER

_OVERRULED = (
    "the registration was not used: in the self-validation the degraded scan is restored better "
    "with the guide where its header places it"
)
_COVERED = 0.98
"""Least share of the target's head that the guide should show."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """A pair ready for inference or training, and its alignment.

    Args:
        pair: Target, fine grid, and the guide on it.
        registration: The registration of the guide; None if its header was trusted.
        warnings: Limits of the alignment, one sentence each.
        detail: What the guide resolves along the target's axes, FWHM in mm; None without a
            guide.
        unmoved: The guide before it was moved, air at 0; None without one.
        rim_kept: Whether the guide was moved except at the rim of a mask that it shares with the
            target (:mod:`crossres.registration.shared_mask`).
        guide_background: The intensity of air in the guide, which was subtracted.
        given: The motion that was known, instead of a registration; else None.
    """

    pair: Pair
    registration: Registration | None = None
    warnings: tuple[str, ...] = ()
    detail: Triple | None = None
    unmoved: Volume | None = None
    rim_kept: bool = False
    guide_background: Background = field(default_factory=Background)
    given: RigidTransform | None = None

    def by_headers(self) -> Aligned:
        """Return the pair with the guide where its header places it.

        Returns:
            A copy with a warning; its registration has the identity as transform, and what the
            search had found as residual.

        Raises:
            ValueError: There is no registration.
        """
        if self.registration is None or self.unmoved is None:
            raise ValueError("`by_headers` requires a guide that was registered")
        target = background_of(self.pair.target.data).removed(self.pair.target)
        seen = normalise(self.unmoved, target)
        registration = overruled(self.registration, seen)
        guide, _ = _moved(self.unmoved, self.pair.fine, registration.transform, seen)
        return replace(
            self,
            pair=replace(self.pair, guide=guide),
            registration=registration,
            warnings=(*self.warnings, _OVERRULED),
            rim_kept=False,
        )


def align(
    target: Volume,
    guide: Volume | None,
    fine: Grid,
    *,
    register: bool = True,
    start: Start = "headers",
    seed: int = 0,
    transform: RigidTransform | None = None,
) -> Aligned:
    """Align the guide with the target and bring it, anti-aliased, to the fine grid.

    The intensities of the guide are shifted so that air is 0; those of the target are as given.

    Args:
        target: The contrast to enhance.
        guide: The other contrast, anywhere in the same world; None for unguided work.
        fine: The grid of the result, from :func:`crossres.fine_grid`.
        register: Whether to search for a rigid motion between the two. The headers are kept where
            the search gains nothing. If one mask cut out both, its rim is not moved.
        start: Where the search begins: with the headers, or with the centres of the heads on each
            other. Where the headers leave no overlap it begins with the centres in any case.
        seed: Seed of the registration's random samples, 0 or more.
        transform: A motion that is known, from the target's world to the guide's, instead of a
            search.

    Returns:
        The pair, and its alignment.

    Raises:
        GridError: The guide's voxels are coarser than the target's along an axis that gets finer,
            or the fine grid does not cover the target's field of view. A guide that resolves less
            than its voxels promise is warned of: that is estimated.
        RegistrationError: Guide and target do not overlap, or have too little in common.
        VolumeError: NaN or infinite voxels, or a background brighter than the head.

    Example:
        >>> from crossres.phantom import make_pair
        >>> t1, t2 = make_pair(0, shape=(32, 36, 30), spacing=6.0)
        >>> align(t2, t1, t2.grid.refined((2, 2, 1)), register=False).pair.guide.shape
        (64, 72, 30)
    """
    if guide is None:
        return Aligned(Pair(target, fine))
    _check_resolution(guide.grid, target.grid, fine)
    background = background_of(guide.data)
    guide, scan = background.removed(guide), target
    found = resolution_of(guide)
    detail = resolution_along(resolved_grid(guide.grid, found), target.grid)
    notes = _detail_notes(detail, target.grid, fine)
    notes += resolution_notes("the guide", guide.grid, found) + background.notes("the guide")
    target = background_of(target.data).removed(target)
    seen = normalise(guide, target)
    search = register and transform is None
    registration = _registered(guide, target, start, seed) if search else None
    notes += _frame_notes(target, guide) if registration is None else registration.warnings
    covered = overlap(seen.target, seen.guide) if registration is None else registration.overlap
    notes += _coverage_notes(covered)
    motion = transform
    if motion is None:
        motion = RigidTransform.identity() if registration is None else registration.transform
    moved, rim_kept = _moved(guide, fine, motion, seen)
    pair = Pair(scan, fine, moved)
    return Aligned(pair, registration, tuple(notes), detail, guide, rim_kept, background, transform)


def _registered(guide: Volume, target: Volume, start: Start, seed: int) -> Registration:
    try:
        return register_rigid(guide, to=target, seed=seed, start=start)
    except RegistrationError as error:
        raise RegistrationError(
            f"{error}; if they are aligned already, trust the headers (`register=False`)"
        ) from error


def _moved(
    guide: Volume, fine: Grid, transform: RigidTransform, seen: Normalised
) -> tuple[Volume, bool]:
    """Return the guide on the fine grid, and whether the rim of a shared mask stayed."""
    if transform.is_identity or not share_mask(seen.target, seen.guide):
        return resample(guide, fine, transform), False
    return resample_within_mask(guide, fine, transform, rim=RIM_MM * seen.scale), True


def _frame_notes(target: Volume, guide: Volume) -> list[str]:
    """Return a warning where trusted headers have two different frames of reference."""
    frames, spaces = {target.frame, guide.frame}, {target.space, guide.space}
    apart = len(frames) == 2 and None not in frames
    apart |= len(spaces) == 2 and not spaces & {"unknown", "aligned"}
    note = (
        "headers do not share a frame of reference; without registration the guide may be "
        "misaligned; register it (`register=True`)"
    )
    return [note] * apart


def _finer_axes(target: Grid, fine: Grid) -> list[int]:
    return [n for n in range(3) if fine.shape[n] > target.shape[n]]


def _check_resolution(guide: Grid, target: Grid, fine: Grid) -> None:
    """Refuse a guide whose voxels are coarser than the target's along an axis that gets finer."""
    resolved = resolution_along(guide, target)
    for n in _finer_axes(target, fine):
        own = max(target.spacing[n], target.fwhm[n])
        if resolved[n] > COARSER * own:
            raise GridError(
                f"the guide is coarser than the target along axis {'ijk'[n]} ({resolved[n]:.2f} mm "
                f"against {own:.2f} mm); give a finer guide, or enhance without one"
            )


def _detail_notes(detail: Triple, target: Grid, fine: Grid) -> list[str]:
    """Return a warning where the guide does not resolve the detail of the fine grid.

    Along axes that do not get finer no detail is inferred.
    """
    changed = _finer_axes(target, fine)
    unresolved = {n: detail[n] for n in changed if detail[n] > COARSER * fine.spacing[n]}
    if not unresolved:
        return []
    axes = " and ".join("ijk"[n] for n in unresolved)
    return [
        f"detail below {max(unresolved.values()):.2f} mm is inferred without guidance along {axes}:"
        " the guide does not resolve it"
    ]


def _coverage_notes(covered: float) -> list[str]:
    share = f"{100 * covered:.0f} %"
    if covered < MIN_OVERLAP:
        raise RegistrationError(
            f"the guide covers {share} of the target's head; give scans of one subject "
            "and session, or search for the motion between them (`register=True`)"
        )
    if covered < _COVERED:
        return [f"the guide shows {share} of the head; beyond it the result is unguided"]
    return []
