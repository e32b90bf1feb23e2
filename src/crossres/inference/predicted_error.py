"""The predicted error of a result, voxel by voxel, calibrated on the scan itself.

The self-validation restores the scan from a version degraded by one stage: the errors of that are
known. A model (:mod:`crossres.inference.error_model`) predicts the local size of errors from the
estimate, the interpolation and the guide. The errors of the self-validation over their prediction
give the factor of this scan, and the quantile of its intervals (split conformal prediction).

References:
    Papadopoulos 2002, doi 10.1007/3-540-36755-1_29 (split conformal prediction, normalised).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from crossres.inference.cascade import Cascade
from crossres.inference.error_features import Features, error_features
from crossres.inference.error_model import ErrorModel, Transfer, error_model, model_name
from crossres.inference.self_validation import RestoredScan, restored
from crossres.inference.single_pass import empty_voxels
from crossres.inference.slicing import from_slices, slice_orders, to_slices
from crossres.physics import interpolate_volume
from crossres.types import Array3, CrossresError
from crossres.volume import Volume, intensity_scale

if TYPE_CHECKING:
    from crossres.inference.enhanced import Pass

LEVEL = 0.9
"""Share of the voxels of the head whose error the intervals contain."""
LEAST_VOXELS = 1000
"""Voxels of a self-validation below which no quantile is taken."""


@dataclass(frozen=True)
class Calibration:
    """The errors of a self-validation, relative to their prediction.

    Args:
        model: Name of the model.
        factor: Fine voxels per voxel of the pass's scan.
        voxels: Voxels of the self-validation.
        slices: Slices of the self-validation.
        deviation: RMS of error over predicted absolute error, one scale below.
        quantile: The 90 % quantile of their absolute ratio, one scale below.
        transfer: From one scale below to the fine grid.
    """

    model: str
    factor: float
    voxels: int
    slices: int
    deviation: float
    quantile: float
    transfer: Transfer

    @property
    def fine_deviation(self) -> float:
        """Standard deviation over predicted absolute error, on the fine grid."""
        return self.transfer.deviation * math.pow(self.deviation, self.transfer.power)

    @property
    def fine_quantile(self) -> float:
        """Half-width of the interval over predicted absolute error, on the fine grid."""
        return self.transfer.quantile * math.pow(self.quantile, self.transfer.power)


@dataclass(frozen=True, eq=False)
class PredictedError:
    """The predicted error of a result.

    Args:
        volume: Predicted standard deviation of the error, in the scan's intensities, on the fine
            grid; 0 where the scan is empty.
        quantile: ``quantile * volume`` is the half-width of the intervals that contain 90 % of the
            errors in the head.
        calibrations: Of each pass.
    """

    volume: Volume
    quantile: float
    calibrations: tuple[Calibration, ...]

    def interval(self, result: Volume) -> tuple[Volume, Volume]:
        """Return the lower and the upper end of the 90 % interval in each voxel.

        Magnitudes have no negative intensity: where no voxel of the result has one, the lower ends
        are at least 0.

        Args:
            result: The enhanced volume.

        Returns:
            Two volumes on the grid of the result, in the scan's intensities.

        Example:
            >>> from crossres.volume import Grid
            >>> result = Volume(np.full((2, 2, 1), 50.0), Grid((2, 2, 1), np.eye(4)))
            >>> predicted = PredictedError(result.with_data(np.full((2, 2, 1), 40.0)), 1.5, ())
            >>> low, high = predicted.interval(result)
            >>> float(low.data[0, 0, 0]), float(high.data[0, 0, 0])
            (0.0, 110.0)
        """
        half = self.quantile * self.volume.data
        low = result.data - half
        if result.data.min() >= 0:
            low = np.maximum(low, np.float32(0))
        return result.with_data(low), result.with_data(result.data + half)


def predict_error(passes: Sequence[Pass]) -> PredictedError | None:
    """Predict the error of the result of one pass or two.

    Of two passes the variances are added, and the larger quantile is used.

    Args:
        passes: The finished passes, in order.

    Returns:
        The prediction; None where there is no pass, or a scan is too small to be degraded further.
    """
    parts = [_of_pass(each) for each in passes]
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(parts):
        return None
    fine = found[-1].volume.grid
    placed = [
        one.volume if one.volume.shape == fine.shape else interpolate_volume(one.volume, fine)
        for one in found
    ]
    variance = np.sum([np.square(volume.data) for volume in placed], axis=0)
    return PredictedError(
        placed[-1].with_data(np.sqrt(variance)),
        max(one.quantile for one in found),
        tuple(calibration for one in found for calibration in one.calibrations),
    )


def _of_pass(done: Pass) -> PredictedError | None:
    model = _model(done)
    found = _calibrated(done, model)
    if found is None:
        return None
    size = _predicted_size(done, model)
    return PredictedError(
        done.result.volume.with_data(size * np.float32(found.fine_deviation)),
        found.fine_quantile / found.fine_deviation,
        (found,),
    )


def _model(done: Pass) -> ErrorModel:
    cascade = done.choice.candidate.cascade
    return error_model(model_name(guided=cascade.guided, axes=cascade.axes))


def _calibrated(done: Pass, model: ErrorModel) -> Calibration | None:
    """Measure the errors of the self-validation relative to their prediction.

    None where the scan is too small to be degraded further.
    """
    scan = restored_scan(done)
    if scan is None or int(scan.inside.sum()) < LEAST_VOXELS:
        return None
    size = model.size(scan_features(scan, done.choice.candidate.cascade))
    ratio = ((scan.estimate - scan.reference).abs() / size)[scan.inside].double().numpy()
    return Calibration(
        model.name, max(done.factors), ratio.size, len(scan.reference),
        float(np.sqrt(np.mean(ratio**2))), float(np.quantile(ratio, LEVEL)),
        model.transfer(max(done.factors)),
    )  # fmt: skip


def restored_scan(done: Pass) -> RestoredScan | None:
    """Degrade the scan of a pass by one stage, and enhance it as the pass did.

    Args:
        done: A finished pass.

    Returns:
        Some of its slices, or None where the scan is too small to be degraded further.
    """
    enhancer = done.choice.enhancer.with_back_projection(done.back_projection)
    try:
        return restored(enhancer, done.pair, blur=done.choice.guide_blur)
    except CrossresError:
        return None


def scan_features(scan: RestoredScan, cascade: Cascade) -> Features:
    """Return the features of a restored scan.

    Args:
        scan: From :func:`restored_scan`.
        cascade: Which restored it, or the guided one of a blend.

    Returns:
        ``(n, c, i, j)``.
    """
    return error_features(
        scan.estimate, scan.interpolated, scan.guide, scan.grid,
        factor=cascade.stage_factor, axes=cascade.axes,
    )  # fmt: skip


def fine_features(done: Pass) -> Iterator[tuple[int, Features]]:
    """Yield the features of the slices of a result that are not empty.

    Args:
        done: A finished pass.

    Yields:
        The index of a slice, and its features, ``(1, c, I, J)``. Slices are those of the first way
        to cut the volume (:func:`crossres.inference.slicing.slice_orders`).
    """
    pair, result = done.pair, done.result
    cut, axes = slice_orders(pair.target.grid, pair.fine)[0], done.choice.candidate.cascade.axes
    known = _model(done).transfers
    factor = min(max(*done.factors, min(known)), max(known))
    scale = intensity_scale(pair.target.data)
    images = [(result.volume, scale), (result.interpolated, scale)]
    if pair.guide is not None:
        images.append((pair.guide, intensity_scale(pair.guide.data)))
    x, u, *g = (to_slices(image.reordered(*cut).data / one) for image, one in images)
    plane = pair.fine.reordered(*cut).cropped((slice(None), slice(None), slice(0, 1)))
    for n in torch.nonzero(u.flatten(1).any(dim=1)).flatten().tolist():
        part = slice(n, n + 1)
        guide = g[0][part] if g else None
        yield n, error_features(x[part], u[part], guide, plane, factor=factor, axes=axes)


def _predicted_size(done: Pass, model: ErrorModel) -> Array3:
    """Return the predicted absolute error, but for the factor of the scan, in its intensities."""
    target, fine = done.pair.target, done.pair.fine
    cut = slice_orders(target.grid, fine)[0]
    ordered = fine.reordered(*cut)
    size = torch.zeros(ordered.shape[2], 1, *ordered.shape[:2])
    for n, features in fine_features(done):
        size[n] = model.size(features)[0]
    data = from_slices(size) * np.float32(intensity_scale(target.data))
    placed: Array3 = target.with_data(data, ordered).restored(*cut).data
    return np.where(empty_voxels(target.data, fine), np.float32(0), placed)
