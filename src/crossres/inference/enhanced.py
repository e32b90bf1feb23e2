"""A finished result: the passes that led to it, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from crossres.inference.assumed_profile import AssumedProfile
from crossres.inference.choice import Choice
from crossres.inference.joined_scan import JoinedScan
from crossres.inference.predicted_error import PredictedError, predict_error
from crossres.inference.single_pass import Result
from crossres.physics import AxisResolution, BackProjection, Consistency, NoiseLevel
from crossres.registration import Aligned
from crossres.volume import Background, Pair, Volume


@dataclass(frozen=True, eq=False)
class Pass:
    """A finished pass.

    Args:
        choice: The networks, and their self-validation.
        pair: Target, fine grid and guide as the networks saw them.
        back_projection: The back-projection of the pass.
        result: The estimate.
        guide_influence: What the guide changed; None where that was not required.
    """

    choice: Choice
    pair: Pair
    back_projection: BackProjection
    result: Result
    guide_influence: Volume | None = None

    @property
    def factors(self) -> tuple[float, float, float]:
        """Fine voxels per voxel of the pass's target along i, j, k."""
        return self.pair.target.grid.factors_to(self.pair.fine)


@dataclass(frozen=True, eq=False, repr=False)
class Enhanced:
    """An enhanced scan, and how it was made.

    Air is 0 in ``pair``, ``result`` and ``passes``, and the targets of the passes are denoised:
    they are the inputs of the networks; ``volume`` and ``interpolated`` are in the intensities of
    the scan.

    Args:
        pair: Target, fine grid, and the guide on it; None for a guide that was left out.
        aligned: The same before the choice, with the registration and the scan as it was read.
        result: The estimate beside cubic interpolation.
        passes: The passes, in order.
        guide_influence: What the guide changed; None where that was not required, or no pass used
            a guide.
        warnings: One sentence each.
        timings: Seconds by step, and "total".
        background: The intensity of air in the scan.
        noise: The noise of the scan.
        resolution: What the scan resolves along each axis; None where that is not known.
        scans: Of several scans that were joined, one entry each; else none.
        plane_profile: The profile of the scan's voxels in the plane, and where it comes from.

    Example:
        >>> import crossres as cr
        >>> t1, t2 = cr.make_pair(0, shape=(30, 34, 30), spacing=6.0)
        >>> done = cr.enhance(cr.degrade(t2, cr.coarse_grid(t2.grid, factor=2)), factor=2)
        >>> done.weights, len(done.passes), done.guide_left_out
        ('any-axial-x2@1', 1, False)
    """

    pair: Pair
    aligned: Aligned
    result: Result
    passes: tuple[Pass, ...]
    guide_influence: Volume | None
    warnings: tuple[str, ...]
    timings: dict[str, float]
    background: Background = field(default_factory=Background)
    noise: NoiseLevel = field(default_factory=NoiseLevel)
    resolution: tuple[AxisResolution | None, ...] = (None, None, None)
    scans: tuple[JoinedScan, ...] = ()
    plane_profile: AssumedProfile = field(default_factory=AssumedProfile)

    def __repr__(self) -> str:
        return f"Enhanced({self.volume!r}, weights {self.weights})"

    @property
    def volume(self) -> Volume:
        """The estimate x^ on the fine grid, in the target's intensities."""
        return self.background.restored(self.result.volume, self.aligned.pair.target)

    @property
    def interpolated(self) -> Volume:
        """U y, cubic up-sampling, for comparison."""
        return self.background.restored(self.result.interpolated, self.aligned.pair.target)

    @property
    def consistency(self) -> Consistency:
        """Data-consistency errors of interpolation and result."""
        return self.result.consistency

    @property
    def factors(self) -> tuple[float, float, float]:
        """Fine voxels per voxel of the scan, as it was read, along i, j, k."""
        return self.aligned.pair.target.grid.factors_to(self.pair.fine)

    @property
    def guide_left_out(self) -> bool:
        """Whether there was a guide and no pass used it."""
        return self.aligned.pair.guide is not None and self.pair.guide is None

    @cached_property
    def predicted_error(self) -> PredictedError | None:
        """The predicted error, computed on first use; None of several scans that were joined.

        None as well where the scan is too small to be degraded further.
        """
        return None if self.scans else predict_error(self.passes)

    @property
    def weights(self) -> str:
        """Names of the networks, in the order of the passes."""
        return ", then ".join(done.choice.names for done in self.passes)
