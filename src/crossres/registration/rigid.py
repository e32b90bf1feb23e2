"""Find the rigid transform between two contrasts of one subject: coarse search, then refinement."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from crossres.registration.normalisation import Normalised, normalise
from crossres.registration.refinement import Inside, refine
from crossres.registration.search import Start, search
from crossres.registration.similarity import distinctness, overlap, similarity
from crossres.registration.transform import RigidTransform
from crossres.types import RegistrationError
from crossres.volume import Volume, background_of

_LOGGER = logging.getLogger(__name__)

MIN_OVERLAP = 0.25
"""Least fraction of the target's head that the guide's field of view must cover."""
MIN_SIMILARITY = 1.05
"""Similarity after registration that two people's scans do not reach."""
MIN_DISTINCTNESS = 0.009
"""Distinctness after registration that two people's scans do not reach. One of the two suffices."""
MIN_GAIN = 0.03
"""Least rise in similarity, as a part of what it was above 1, for a coarse search to overrule the
headers."""
MIN_MOTION_MM = 0.1
"""Least mean displacement inside, for a head of human size, to overrule the headers."""
MIN_SIGNIFICANCE = 2.0
"""The same in standard errors of the displacement."""

_FEWEST_SLICES = 4


@dataclass(frozen=True)
class Registration:
    """The rigid alignment of a guide with a target, and measures of its quality.

    Args:
        transform: From the target's world to the guide's; the identity where the headers were kept.
        similarity_before: :func:`similarity` with the headers as they are, 1-2.
        similarity_after: The same with ``transform``.
        distinctness: :func:`distinctness` with ``transform``; near 0 for scans of two people.
        overlap: Fraction of the target's head within the guide's field of view after it, 0-1.
        start: Where the search began: the headers, or the centres of the heads.
        iterations: Steps of the optimisers, over all levels.
        inside: The alignment inside the head; None where the head is too small to estimate it.
        warnings: What the headers contradict, one sentence each.
    """

    transform: RigidTransform
    similarity_before: float
    similarity_after: float
    distinctness: float
    overlap: float
    start: Start
    iterations: int
    inside: Inside | None = None
    warnings: tuple[str, ...] = ()

    @property
    def plausible(self) -> bool:
        """Whether the two may well show one person: similarity or distinctness is high enough."""
        return self.similarity_after >= MIN_SIMILARITY or self.distinctness >= MIN_DISTINCTNESS

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the transform for a JSON sidecar.

        Returns:
            Plain numbers, lists and dictionaries.
        """
        return {
            "transform": self.transform.to_dict(),
            "translation_mm": list(self.transform.translation_mm),
            "similarity_before": self.similarity_before,
            "similarity_after": self.similarity_after,
            "distinctness": self.distinctness,
            "overlap": self.overlap,
            "start": self.start,
            "iterations": self.iterations,
            "inside": None if self.inside is None else asdict(self.inside),
        }


def _check_usable(guide: Volume, target: Volume) -> None:
    for name, volume in (("guide", guide), ("target", target)):
        if min(volume.grid.shape) < _FEWEST_SLICES:
            raise RegistrationError(
                f"the {name} has shape {volume.grid.shape}; registration needs at least "
                f"{_FEWEST_SLICES} voxels per axis"
            )


def _checked(found: Registration) -> Registration:
    """Return a registration that shows one subject, and refuse any other."""
    if found.overlap < MIN_OVERLAP:
        raise RegistrationError(
            f"the guide's field of view covers {100 * found.overlap:.0f} % of the target's head "
            f"after registration (at least {100 * MIN_OVERLAP:.0f} % needed); give scans of one "
            "subject and session"
        )
    if not found.plausible:
        raise RegistrationError(
            f"guide and target have too little in common after registration (similarity "
            f"{found.similarity_after:.3f}, {MIN_SIMILARITY} needed, or distinctness "
            f"{found.distinctness:.4f}, {MIN_DISTINCTNESS} needed); give two scans of one subject"
        )
    return found


def _measured(
    guide: Volume,
    target: Volume,
    transform: RigidTransform,
    before: float,
    start: Start,
    steps: int,
) -> Registration:
    return Registration(
        transform=transform,
        similarity_before=before,
        similarity_after=similarity(target, guide, transform),
        distinctness=distinctness(target, guide, transform),
        overlap=overlap(target, guide, transform),
        start=start,
        iterations=steps,
    )


def _best(guide: Volume, target: Volume, start: Start, seed: int) -> Registration:
    """Return the transform that was found, or the identity where it gains too little."""
    before = similarity(target, guide)
    transform, steps = search(guide, target, start, seed)
    found = _measured(guide, target, transform, before, start, steps)
    if found.similarity_after - 1 >= (1 + MIN_GAIN) * (before - 1):
        return found
    return _measured(guide, target, RigidTransform.identity(), before, start, steps)


def _from_headers(guide: Volume, target: Volume, seed: int) -> Registration:
    """Return what is found from the headers, or from the centres where those lead nowhere."""
    covered, found = overlap(target, guide), None
    if covered >= MIN_OVERLAP:
        with suppress(RegistrationError):
            found = _best(guide, target, "headers", seed)
    if found is not None and found.plausible and found.overlap >= MIN_OVERLAP:
        return found
    reason = f"the guide covers {100 * covered:.0f} % of the target's head"
    if covered >= MIN_OVERLAP:
        reason = "nothing plausible was found from there"
    note = (
        f"the headers do not place guide and target on each other ({reason}); the search started "
        "from the centres of the heads: check the alignment"
    )
    again = replace(_best(guide, target, "centres", seed), warnings=(note,))
    return again if found is None else max(found, again, key=lambda each: each.distinctness)


def _refined(seen: Normalised, coarse: Registration) -> Registration:
    """Return the coarse result refined inside the head, or the headers where they fit as well."""
    found = refine(seen.guide, seen.target, [coarse.transform])
    if found is None:
        return coarse
    used = found.moved_mm >= max(MIN_MOTION_MM, MIN_SIGNIFICANCE * found.uncertainty_mm)
    transform = found.transform if used else RigidTransform.identity()
    steps = coarse.iterations + found.steps
    measured = _measured(
        seen.guide, seen.target, transform, coarse.similarity_before, coarse.start, steps
    )
    return replace(
        measured, warnings=coarse.warnings, inside=found.inside(used=used).scaled(seen.scale)
    )


def overruled(found: Registration, seen: Normalised) -> Registration:
    """Return a registration whose motion is not used.

    Args:
        found: The registration.
        seen: Guide and target, of which it was found.

    Returns:
        The measures of the headers; the motion that was found is the residual inside.
    """
    identity = RigidTransform.identity()
    before = found.similarity_before
    kept = _measured(seen.guide, seen.target, identity, before, found.start, found.iterations)
    inside = None if found.inside is None else found.inside.unused()
    return replace(kept, inside=inside, warnings=found.warnings)


def register_rigid(
    guide: Volume, *, to: Volume, seed: int = 0, start: Start = "headers"
) -> Registration:
    """Find the rigid transform that brings the guide to the target.

    A coarse search maximises Mattes mutual information (32 bins, 60 000 random samples within 10 mm
    of the head) by regular step gradient descent, at 4 and then 2 mm. It begins with the headers.
    Where these leave no overlap (``MIN_OVERLAP``), or the result is not plausible
    (``Registration.plausible``), it begins again with the centres of the two heads, and
    ``Registration.warnings`` states it.

    The result, or the headers if they fit better, is refined by the local correlation of what lies
    more than 6 mm inside the head (:func:`crossres.registration.refinement.refine`). The headers
    are kept where they are within ``MIN_MOTION_MM`` or two standard errors of the optimum.

    Intensities are clipped to the robust range of the head first, and a head that is no human one
    by its size, such as that of a mouse, is scaled to human size: then all lengths, here and in the
    measures, are in mm of that head (:mod:`crossres.registration.normalisation`). The transform
    itself is in mm of the world.

    One thread and a seed: the same scans give the same transform, in any voxel order.

    Args:
        guide: Image that is moved, for example T1w.
        to: The target, for example T2w.
        seed: Seed of the random samples, 0 or more.
        start: ``"headers"``, or ``"centres"`` where a header is known to be wrong.

    Returns:
        The transform for :func:`resample`, and measures of its quality.

    Raises:
        RegistrationError: The fields of view do not overlap; or the images have too little in
            common after registration, as those of two people or of other body parts do; or an
            image has no contrast, or fewer than 4 voxels along an axis.
        VolumeError: An image with NaN or infinite voxels, or a background brighter than the head.

    References:
        Mattes et al. 2003, doi:10.1109/TMI.2003.809072; Avants et al. 2008,
        doi:10.1016/j.media.2007.06.004 (correlation in windows).

    Example:
        >>> from crossres.phantom import make_pair
        >>> from crossres.registration import resample
        >>> t1, t2 = make_pair(0, shape=(64, 72, 60), spacing=3.0)
        >>> registration = register_rigid(t1, to=t2)
        >>> registration.transform.is_identity, registration.plausible
        (True, True)
        >>> resample(t1, t2.grid.refined(2), registration.transform).shape
        (128, 144, 120)
    """
    guide, target = (
        background_of(volume.data).removed(volume.canonical()) for volume in (guide, to)
    )
    _check_usable(guide, target)
    seen = normalise(guide, target)
    if start == "centres":
        found = _best(seen.guide, seen.target, start, seed)
    else:
        found = _from_headers(seen.guide, seen.target, seed)
    found = _checked(_refined(seen, found))
    _LOGGER.info(
        "registration: similarity %.4f -> %.4f (at least %.2f), overlap %.0f %% (at least %.0f %%)",
        found.similarity_before, found.similarity_after, MIN_SIMILARITY,
        100 * found.overlap, 100 * MIN_OVERLAP,
    )  # fmt: skip
    return replace(found, transform=found.transform.scaled(seen.scale))
