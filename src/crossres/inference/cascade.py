"""A cascade: stages of a network and its back-projection, from the coarse grid to the fine one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from crossres.networks.folding import folded
from crossres.networks.self_ensemble import (
    EIGHT,
    FOUR,
    Turn,
    Turned,
)
from crossres.physics import (
    Acquisition,
    BackProjection,
    back_project,
    project,
)
from crossres.types import GridError, SettingsError
from crossres.volume import Grid

Slices = Float[Tensor, "n 1 i j"]


def stage_count(coarse: Grid, fine: Grid, stage_factor: float) -> int:
    """Return how many stages of about ``stage_factor`` lead from coarse to fine (at least 1)."""
    factor = max(coarse.factors_to(fine))
    return max(1, math.ceil(math.log(factor) / math.log(stage_factor) - 0.15))


def stage_grids(coarse: Grid, fine: Grid, stages: int) -> list[Grid]:
    """Return the grid after each stage: sizes grow by the same factor, the last is ``fine``.

    Sizes are rounded to whole voxels, over the same field of view: 120 -> 240 in three stages goes
    by 151 and 190 (Iwamoto 2023: an intermediate factor of s^(1/r)).
    """
    factors = coarse.factors_to(fine)
    between = [coarse.refined(tuple(f ** (n / stages) for f in factors)) for n in range(1, stages)]
    return [*between, fine]


def slices_at_once(device: torch.device | str) -> int:
    """Return how many slices are enhanced at once: on a CPU one, whose features stay in cache."""
    return 1 if torch.device(device).type == "cpu" else 16


def point_spread(grid: Grid) -> Acquisition:
    """Return the blur that sampling with this grid's own voxels leaves in the plane (i, j)."""
    return Acquisition(grid, grid, fwhm=(grid.spacing[0], grid.spacing[1], 0.0))


def sharpen(image: Slices, grid: Grid, noise: float) -> Slices:
    """Undo the blur that an acquisition on this grid left in the image (Tikhonov).

    An image acquired on the grid carries a Gaussian of FWHM one voxel. Learning to give back such
    images teaches a network to blur its details; sharpened ones are what the fine grid asks for.

    Args:
        image: ``(n, c, i, j)`` on ``grid``.
        grid: Where it was acquired.
        noise: Noise-to-signal variance of the inversion; 0 leaves the image as it is.
    """
    return project(point_spread(grid), image, image, noise) if noise else image


@dataclass(frozen=True, eq=False)
class Cascade:
    """What learning gives and enhancing uses.

    Args:
        networks: One for every stage, or a single one that serves as many stages as the factor
            needs.
        stage_factor: With a single network: the factor it learned.
        back_projection: Applied after every stage.
        sharpening: The noise ratio of :func:`sharpen` the networks were trained with; 0 for none.
        axes: Axes of a slice that the networks expect to be coarse: both, or with 1 the first.

    Raises:
        SettingsError: No network, a stage factor not above 1, or neither one axis nor two.
    """

    networks: tuple[nn.Module, ...]
    stage_factor: float = 2.0
    back_projection: BackProjection = field(default_factory=BackProjection)
    sharpening: float = 0.0
    axes: int = 2

    def __post_init__(self) -> None:
        if not self.networks or self.stage_factor <= 1 or self.axes not in (1, 2):
            raise SettingsError(
                "a cascade needs a network, a stage factor above 1, and slices coarse along one "
                "axis or two"
            )

    @property
    def guided(self) -> bool:
        """Tell whether the networks want a guide."""
        return any(getattr(network, "guided", False) for network in self.networks)

    def plan(self, coarse: Grid, fine: Grid) -> list[tuple[nn.Module, Grid]]:
        """Return each stage's network and the grid it leads to."""
        shared = len(self.networks) == 1
        stages = stage_count(coarse, fine, self.stage_factor) if shared else len(self.networks)
        networks = self.networks * stages if shared else self.networks
        return list(zip(networks, stage_grids(coarse, fine, stages), strict=True))

    def ready(self, device: torch.device | str = "cpu") -> Cascade:
        """Return a copy to enhance with: on a device, normalisations folded; this one stays."""
        copies = tuple(folded(network).to(device) for network in self.networks)
        ordered = tuple(network.to(memory_format=torch.channels_last) for network in copies)  # type: ignore[call-overload]
        return replace(self, networks=ordered)

    @property
    def positions(self) -> tuple[Turn, ...]:
        """The eight positions of a square, or the four that leave one coarse axis in its place."""
        return EIGHT if self.axes == 2 else FOUR

    def agreeing(self, how: BackProjection) -> Cascade:
        """Return a copy whose estimates are made to agree with the scan in another way."""
        return replace(self, back_projection=how)

    def turned(self, turns: tuple[Turn, ...] | None = None) -> Cascade:
        """Return a copy that takes the mean over positions of the image (self-ensemble)."""
        turns = self.positions if turns is None else turns
        return replace(self, networks=tuple(Turned(network, turns) for network in self.networks))

    @torch.no_grad()
    def enhance(self, target: Slices, guide: Slices | None, coarse: Grid, fine: Grid) -> Slices:
        """Return the estimate of a batch of slices on the fine grid.

        Args:
            target: y, slices along k of the coarse grid, about 0-1.
            guide: g on the fine grid, about 0-1; None for unguided networks.
            coarse: The target's grid (its k axis unchanged in ``fine``).
            fine: The grid wanted.

        Raises:
            GridError: The k axis changes: reorder the axes so that slices do not.
        """
        if coarse.shape[2] != fine.shape[2]:
            raise GridError("slices are enhanced in their plane: the k axis must not change")
        current, grid = target, coarse
        least = target.amin(dim=(1, 2, 3), keepdim=True).clamp_max(0)
        plan = self.plan(coarse, fine)
        for network, finer in plan:
            estimate = self._stage(network, current, guide, grid, finer, fine)
            current = torch.maximum(estimate, least)
            last = finer is plan[-1][1]
            if self.sharpening and not last:
                current = point_spread(finer).forward(current)
            grid = finer
        if len(plan) == 1 and self.back_projection.between:
            return current
        return back_project(Acquisition(fine, coarse), current, target, self.back_projection)

    def enhance_in_batches(
        self, target: Slices, guide: Slices | None, coarse: Grid, fine: Grid
    ) -> Slices:
        """Do the same for any number of slices, as many at once as suits the device."""
        batch = slices_at_once(target.device)
        targets = torch.split(target, batch)
        guides = [None] * len(targets) if guide is None else torch.split(guide, batch)
        pairs = zip(targets, guides, strict=True)
        return torch.cat([self.enhance(y, g, coarse, fine) for y, g in pairs])

    def _stage(
        self,
        network: nn.Module,
        current: Slices,
        guide: Slices | None,
        grid: Grid,
        finer: Grid,
        fine: Grid,
    ) -> Slices:
        """Take one stage: up-sample, add detail, and agree with the stage's input if asked to."""
        acquisition = Acquisition(finer, grid)
        seen = None if guide is None else guide_at(guide, fine, finer, self.sharpening)
        estimate: Slices = network(acquisition.upsample(current), seen)
        if not self.back_projection.between:
            return estimate
        return back_project(acquisition, estimate, current, self.back_projection)


def guide_at(guide: Slices, fine: Grid, grid: Grid, sharpening: float) -> Slices:
    """Return the guide on a coarser grid, as a scan there would show it."""
    if grid.shape == fine.shape:
        return guide
    return sharpen(Acquisition(fine, grid).forward(guide), grid, sharpening)
