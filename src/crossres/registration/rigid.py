"""Find the rigid transform between two contrasts of one subject by mutual information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from crossres.registration.resampling import resample
from crossres.registration.similarity import distinctness, overlap, similarity
from crossres.registration.transform import RigidTransform
from crossres.types import RegistrationError
from crossres.volume import Volume, above_air, background_of

Start: TypeAlias = Literal["headers", "centres"]
"""Where the search begins: with the headers, or with the centres of the heads on each other."""

MIN_OVERLAP = 0.25
"""Least fraction of the target's head that the guide's field of view must cover."""
MIN_SIMILARITY = 1.05
"""Similarity after registration that two people's scans do not reach."""
MIN_DISTINCTNESS = 0.009
"""Distinctness after registration that two people's scans do not reach. One of the two suffices."""
MIN_GAIN = 0.03
"""Least rise in similarity, as a part of what it was above 1, to overrule the headers."""

_LEVELS_MM = (4.0, 2.0)
_SAMPLES = 60_000
_ROTATION_RADIUS_MM = 30.0
_RELAXATION = 0.6
_MARGIN_MM = 10.0
_BINS = 32
_FEWEST_SLICES = 4
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


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
        iterations: Steps of the optimiser, over all levels.
    """

    transform: RigidTransform
    similarity_before: float
    similarity_after: float
    distinctness: float
    overlap: float
    start: Start
    iterations: int

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
            "angle_degrees": self.transform.angle_degrees,
            "translation_mm": list(self.transform.translation_mm),
            "similarity_before": self.similarity_before,
            "similarity_after": self.similarity_after,
            "distinctness": self.distinctness,
            "overlap": self.overlap,
            "start": self.start,
            "iterations": self.iterations,
        }


def _pyramid(volume: Volume) -> list[Volume]:
    """Return the image at 4 and 2 mm, each axis no finer than that, anti-aliased."""
    levels: list[Volume] = []
    for spacing in reversed(_LEVELS_MM):
        i, j, k = (max(spacing, d) for d in volume.grid.spacing)
        volume = resample(volume, volume.grid.with_spacing((i, j, k)), interpolation="linear")
        levels.append(volume)
    return levels[::-1]


def _to_itk(volume: Volume) -> Any:
    """Return the image as ITK has it: axes reversed in memory, world in LPS."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(volume.data.T))
    affine, spacing = _LPS @ volume.grid.affine, volume.grid.spacing
    image.SetSpacing(spacing)
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetDirection((affine[:3, :3] / np.array(spacing)).ravel().tolist())
    return image


def _from_itk(euler: Any) -> RigidTransform:
    """Return an ITK transform (LPS, about a centre) as a RAS matrix about the origin."""
    rotation = np.array(euler.GetMatrix()).reshape(3, 3)
    centre = np.array(euler.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = np.array(euler.GetTranslation()) + centre - rotation @ centre
    return RigidTransform(_LPS @ matrix @ _LPS)


def _head_centre(volume: Volume) -> Float[np.ndarray, " 3"]:
    """Return the RAS+ mm of the middle of the head."""
    head = above_air(volume.data)
    affine = volume.grid.affine
    centre: Float[np.ndarray, " 3"] = (
        affine[:3, :3] @ np.argwhere(head).mean(axis=0) + affine[:3, 3]
    )
    return centre


def _near_head(volume: Volume) -> Volume:
    """Return 1 within 10 mm of the head: samples further out in the air hold no information."""
    air = ~above_air(volume.data)
    distance = ndimage.distance_transform_edt(air, sampling=volume.grid.spacing)
    return volume.with_data((distance <= _MARGIN_MM).astype(np.float32))


def _initial(fixed: Volume, moving: Volume, start: Start) -> Any:
    """Return the ITK transform to begin with; it rotates about the fixed image's head."""
    import SimpleITK

    centre = _head_centre(fixed)
    shift = _head_centre(moving) - centre if start == "centres" else np.zeros(3)
    euler = SimpleITK.Euler3DTransform()
    euler.SetCenter((_LPS[:3, :3] @ centre).tolist())
    euler.SetTranslation((_LPS[:3, :3] @ shift).tolist())
    return euler


def _method(spacing: float, near: Volume, seed: int) -> Any:
    """Return ITK's registration with the settings of one level."""
    import SimpleITK

    method = SimpleITK.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricFixedMask(SimpleITK.Cast(_to_itk(near), SimpleITK.sitkUInt8))
    method.SetMetricSamplingStrategy(method.RANDOM)
    # ITK reads seed 0 as "take the clock".
    method.SetMetricSamplingPercentage(min(1.0, _SAMPLES / float(near.data.sum())), seed + 1)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(spacing, 1e-3, 200, _RELAXATION)
    # One radian weighs as much as 30 mm. ITK's own estimate takes the far corners of the image for
    # the radius, and the rotation then stops half a degree short.
    method.SetOptimizerScales([_ROTATION_RADIUS_MM**2] * 3 + [1.0] * 3)
    return method


def _align(fixed: Volume, moving: Volume, start: Start, seed: int) -> tuple[RigidTransform, int]:
    """Return the transform from the fixed world to the moving one, and the number of steps."""
    levels = list(zip(_LEVELS_MM, _pyramid(fixed), _pyramid(moving), strict=True))
    euler, iterations = _initial(levels[0][1], levels[0][2], start), 0
    for spacing, still, loose in levels:
        method = _method(spacing, _near_head(still), seed)
        method.SetInitialTransform(euler, inPlace=True)
        try:
            method.Execute(_to_itk(still), _to_itk(loose))
        except RuntimeError as error:
            raise RegistrationError(
                "the search lost the overlap of guide and target; check that both are of one "
                "subject, or switch registration off if they are aligned already"
            ) from error
        iterations += method.GetOptimizerIteration()
    return _from_itk(euler), iterations


def _coarseness(volume: Volume) -> tuple[float, float]:
    return max(volume.grid.spacing), float(np.prod(volume.grid.spacing))


def _search(guide: Volume, target: Volume, start: Start, seed: int) -> tuple[RigidTransform, int]:
    """Return the transform from the target's world to the guide's, and the number of steps."""
    # The finer image is ITK's fixed one: thick slices as the fixed image bias by 0.2-0.3 mm.
    if _coarseness(guide) <= _coarseness(target):
        transform, iterations = _align(guide, target, start, seed)
        return transform.inverse(), iterations
    return _align(target, guide, start, seed)


def _check_usable(guide: Volume, target: Volume) -> None:
    for name, volume in (("guide", guide), ("target", target)):
        if min(volume.grid.shape) < _FEWEST_SLICES:
            raise RegistrationError(
                f"the {name} has shape {volume.grid.shape}; registration needs at least "
                f"{_FEWEST_SLICES} voxels per axis; switch registration off if they are aligned"
            )


def _check_overlap(covered: float, when: str) -> None:
    if covered < MIN_OVERLAP:
        raise RegistrationError(
            f"the guide's field of view covers {covered:.0%} of the target's head {when} (at least "
            f"{MIN_OVERLAP:.0%} needed); give scans of one subject and session, or, if a header is "
            "wrong, start from the centres of the heads"
        )


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
    transform, steps = _search(guide, target, start, seed)
    found = _measured(guide, target, transform, before, start, steps)
    if found.similarity_after - 1 >= (1 + MIN_GAIN) * (before - 1):
        return found
    return _measured(guide, target, RigidTransform.identity(), before, start, steps)


def register_rigid(
    guide: Volume, *, to: Volume, seed: int = 0, start: Start = "headers"
) -> Registration:
    """Find the rigid transform that brings the guide to the target.

    Mattes mutual information (32 bins, 60 000 random samples within 10 mm of the head), regular
    step gradient descent, at 4 and then 2 mm. The search begins with the headers; where its result
    is not plausible (``Registration.plausible``) it begins again with the centres of the two heads.
    The headers are kept where the similarity above 1 would rise by less than ``MIN_GAIN`` (3 %).
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
        Mattes et al. 2003, doi:10.1109/TMI.2003.809072.

    Example:
        >>> from crossres.phantom import make_pair
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
    if start == "headers":
        _check_overlap(overlap(target, guide), "by their headers")
    found = _best(guide, target, start, seed)
    if not found.plausible and start == "headers":
        again = _best(guide, target, "centres", seed)
        found = max(found, again, key=lambda registration: registration.distinctness)
    _check_overlap(found.overlap, "after registration")
    if not found.plausible:
        raise RegistrationError(
            f"guide and target have too little in common after registration (similarity "
            f"{found.similarity_after:.3f}, {MIN_SIMILARITY} needed, or distinctness "
            f"{found.distinctness:.4f}, {MIN_DISTINCTNESS} needed); give two scans of one subject, "
            "or switch registration off if they are aligned"
        )
    return found
