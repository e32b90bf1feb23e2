"""Several scans of one contrast as one volume: estimates placed, joined, and in agreement with all.

Each scan was enhanced by itself. Its estimate is placed on the fine grid of the first scan, and
matched in its intensities. The estimates are averaged by frequency, each where its scan shows
something. Each scan is registered once more, with this first joint estimate. The last step is the
image nearest to the joint estimate that agrees with all scans at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from crossres.inference.agreement import MISFIT, constrain
from crossres.inference.enhanced import Enhanced
from crossres.inference.intensity_field import IntensityField, fit_field
from crossres.inference.joined_scan import JoinedScan
from crossres.inference.log import RunLog
from crossres.inference.noise import expected_error, needs_denoising, weighted
from crossres.inference.settings import EnhanceSettings
from crossres.inference.single_pass import Result
from crossres.physics import (
    BackProjection,
    MovedAcquisition,
    ScanTerm,
    agree_with_all,
    reliability,
    weighted_mean,
)
from crossres.physics.shear import Image
from crossres.registration import RigidTransform, SameContrast, register_same_contrast
from crossres.registration.same_contrast import LIKELY
from crossres.volume import Grid, Volume

_MARGIN = 4


@dataclass(frozen=True, eq=False)
class EnhancedScan:
    """One of several scans, enhanced by itself.

    Args:
        enhanced: Its result, on a fine grid of its own.
        found: Its alignment with the first scan.
    """

    enhanced: Enhanced
    found: SameContrast

    @property
    def transform(self) -> RigidTransform:
        """From the world of the first scan to that of this one."""
        return self.found.transform

    def registered(self, to: Volume, field: IntensityField, seed: int) -> EnhancedScan:
        """Return the scan after registration with a joint estimate.

        Args:
            to: The joint estimate.
            field: Its intensities over those of the first scan, which would spoil the registration.
            seed: Of the registration.

        Returns:
            A copy. Its correlations are still those with the first scan, at a width that both show.
        """
        moving = self.enhanced.result.volume
        moving = moving.with_data(moving.data / field.on(moving.grid, self.transform.inverse()))
        found = register_same_contrast(moving, to=to, start=self.transform, seed=seed)
        return replace(self, found=replace(self.found, transform=found.transform))


@dataclass(frozen=True, eq=False)
class _Joint:
    """The joint estimate so far.

    Args:
        volume: On the fine grid around the head.
        fields: The intensities of each scan over those of the first one.
    """

    volume: Volume
    fields: tuple[IntensityField, ...]


def join(scans: Sequence[EnhancedScan], settings: EnhanceSettings, log: RunLog) -> Enhanced:
    """Return the joint estimate of several scans on the fine grid of the first one.

    The first scan is the reference: its world, its field of view and its intensities are those of
    the result, and where it is exactly 0 so is the result. Scans are taken to be rigid: motion
    between the slices of one scan is not corrected.

    Args:
        scans: At least two; the transform of the first is the identity.
        settings: Without registration the headers are trusted; without back-projection the last
            step is left out.
        log: Warnings and timings so far.

    Returns:
        The result of the first scan with the joint estimate instead of its own, and an entry in
        ``scans`` for each.
    """
    first = scans[0].enhanced
    box = _box(first.result.volume)
    reference = first.result.volume
    reference = reference.with_data(reference.data[box], reference.grid.cropped(box))
    joint = _joined(scans, reference)
    if settings.register:
        further = list(zip(scans, joint.fields, strict=True))[1:]
        moved = [scan.registered(joint.volume, f, settings.seed) for scan, f in further]
        scans = [scans[0], *moved]
        joint = _joined(scans, reference)
    log.lap("joining")
    terms = [_term(scan, f, reference.grid) for scan, f in zip(scans, joint.fields, strict=True)]
    estimate = torch.from_numpy(joint.volume.data)
    if settings.back_projection != "none":
        estimate = agree_with_all(estimate, terms)
    result = _result(first, estimate, box, settings.projection or BackProjection())
    inside = torch.from_numpy(result.volume.data[box])
    entries = zip(scans, joint.fields, terms, strict=True)
    joined = tuple(_entry(scan, f, term.error(inside)) for scan, f, term in entries)
    log.lap("agreement")
    log.warn(_notes(joined))
    return replace(
        first, result=result, scans=joined, warnings=tuple(log.warnings), timings=log.seconds
    )


def _box(volume: Volume) -> tuple[slice, slice, slice]:
    """Return the box around all that is not 0; everything of an empty volume."""
    ranges = []
    for axis, size in enumerate(volume.shape):
        others = tuple(a for a in range(3) if a != axis)
        used = np.flatnonzero(volume.data.any(axis=others))
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, size - 1)
        ranges.append(slice(max(0, first - _MARGIN), min(size, last + 1 + _MARGIN)))
    return (ranges[0], ranges[1], ranges[2])


def _joined(scans: Sequence[EnhancedScan], reference: Volume) -> _Joint:
    """Place all estimates on one grid, match their intensities, and average them by frequency."""
    placed = [_placed(scan, reference) for scan in scans]
    weights = [
        reliability(reference.grid, scan.enhanced.pair.target.grid, scan.transform.matrix)
        for scan in scans
    ]
    mean = weighted_mean([image for image, _ in placed], weights)
    volume = reference.with_data(mean.clamp_min(0).numpy())
    return _Joint(volume, tuple(field for _, field in placed))


def _placed(scan: EnhancedScan, reference: Volume) -> tuple[Image, IntensityField]:
    """Return an estimate on the grid of the reference, and the field that was taken out of it.

    Where the scan does not reach or is exactly 0, it shows what the reference shows.
    """
    own, fine = scan.enhanced.result.volume, reference.grid
    back = scan.transform.inverse()
    placing = MovedAcquisition(own.grid, fine, back.matrix)
    image = placing.forward(torch.from_numpy(own.data)).clamp(float(own.data.min()))
    covered = (placing.inside > 0) & _shown(scan, fine)
    seen = Volume((image * covered).numpy(), fine)
    field = fit_field(seen, reference.with_data(reference.data * covered.numpy()))
    matched = image / torch.from_numpy(field.on(fine))
    return torch.where(covered, matched, torch.from_numpy(reference.data)), field


def _shown(scan: EnhancedScan, fine: Grid) -> Tensor:
    """Mark the fine voxels whose nearest voxel of the scan is not exactly 0, which is no data."""
    target = scan.enhanced.pair.target
    to_index = np.linalg.solve(target.affine, scan.transform.matrix @ fine.affine)
    data = (target.data != 0).astype(np.uint8)
    shown = ndimage.affine_transform(
        data, to_index, output_shape=fine.shape, order=0, mode="nearest"
    )
    return torch.from_numpy(shown > 0)


def _term(scan: EnhancedScan, field: IntensityField, fine: Grid) -> ScanTerm:
    """Return a scan in the intensities of the first one, and how its voxels come about."""
    target = scan.enhanced.pair.target
    acquisition = MovedAcquisition(fine, target.grid, scan.transform.matrix)
    matched = target.data / field.on(target.grid, scan.transform.inverse())
    noise = weighted(BackProjection(), scan.enhanced.noise, scan.enhanced.pair).noise
    noise = max(noise, MISFIT * acquisition.mean_eigenvalue)
    return ScanTerm(acquisition, torch.from_numpy(matched), noise)


def _result(
    first: Enhanced, estimate: Image, box: tuple[slice, slice, slice], method: BackProjection
) -> Result:
    """Return the estimate within the bounds of the first scan, on the whole fine grid."""
    data = np.zeros(first.pair.fine.shape, dtype=np.float32)
    data[box] = estimate.numpy()
    volume = first.result.volume.with_data(data)
    found = constrain(volume, first.pair, method, misfit=math.inf)
    seconds, at_bounds = first.result.seconds, found.at_bounds
    result = Result.of(first.pair, found.volume, seconds, at_bounds=at_bounds)
    noise = first.result.consistency.noise
    return replace(result, consistency=replace(result.consistency, noise=noise))


def _entry(scan: EnhancedScan, field: IntensityField, residual: float) -> JoinedScan:
    enhanced, found = scan.enhanced, scan.found
    target, noise = enhanced.pair.target, enhanced.noise
    return JoinedScan(
        grid=target.grid,
        transform=found.transform,
        moved_mm=found.transform.inverse().displacement(target.grid)[0],
        correlation_before=found.correlation_before,
        correlation=found.correlation,
        ratio=field.ratio,
        field=field.span,
        residual=residual,
        noise=expected_error(target, noise) if needs_denoising(noise) else 0.0,
        weights=enhanced.weights,
    )


def _notes(scans: Sequence[JoinedScan]) -> list[str]:
    """Return a warning for each scan that resembles the others only roughly."""
    return [
        f"scan {number} resembles the others only roughly (correlation {scan.correlation:.2f} "
        "inside the head): check its registration, and that all show one contrast of one subject"
        for number, scan in enumerate(scans, start=1)
        if scan.correlation < LIKELY
    ]
