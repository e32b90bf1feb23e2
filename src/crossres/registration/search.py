"""Search the rigid transform between two images: mutual information by ITK, coarse to fine."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from crossres.registration.resampling import resample
from crossres.registration.transform import RigidTransform
from crossres.types import RegistrationError
from crossres.volume import Volume, above_air

Start: TypeAlias = Literal["headers", "centres"]
"""Where the search begins: with the headers, or with the centres of the heads on each other."""

_LEVELS_MM = (4.0, 2.0)
_SAMPLES = 60_000
_ROTATION_RADIUS_MM = 30.0
_RELAXATION = 0.6
_MARGIN_MM = 10.0
_BINS = 32
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


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
                "subject"
            ) from error
        iterations += method.GetOptimizerIteration()
    return _from_itk(euler), iterations


def coarseness(volume: Volume) -> tuple[float, float]:
    """Return by what images are ordered, the coarser one last.

    Args:
        volume: Any image.

    Returns:
        The largest spacing in mm, and the volume of a voxel in mm^3.
    """
    return max(volume.grid.spacing), float(np.prod(volume.grid.spacing))


def search(guide: Volume, target: Volume, start: Start, seed: int) -> tuple[RigidTransform, int]:
    """Return the transform of the best mutual information.

    Args:
        guide: Image that is moved.
        target: Image that stays; both of human size and without outliers, as
            :func:`~crossres.registration.normalisation.normalise` returns them.
        start: Where the search begins.
        seed: Seed of the random samples, 0 or more.

    Returns:
        The transform from the target's world to the guide's, and the number of steps.

    Raises:
        RegistrationError: The search lost the overlap of the two.
    """
    # The finer image is ITK's fixed one: thick slices as the fixed image bias by 0.2-0.3 mm.
    if coarseness(guide) <= coarseness(target):
        transform, iterations = _align(guide, target, start, seed)
        return transform.inverse(), iterations
    return _align(target, guide, start, seed)
