"""A cascade: stages of a network and its back-projection, from the coarse grid to the fine one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import get_args

import torch
from torch import nn

from crossres.checks import check_choice, check_number
from crossres.inference.stages import MOST_FACTOR, stage_count, stage_grids
from crossres.networks.self_ensemble import (
    EIGHT_ORIENTATIONS,
    FOUR_ORIENTATIONS,
    Orientation,
    SelfEnsemble,
)
from crossres.physics import (
    Acquisition,
    BackProjection,
    back_project,
    project,
)
from crossres.physics.backprojection import MOST_NOISE
from crossres.types import Coarse, Fine, GridError, Precision, SettingsError, Slices, Stacked
from crossres.volume import Grid


def slices_at_once(device: torch.device | str) -> int:
    """Return the batch size for inference on a device: 1 on a CPU, whose cache holds one slice.

    Args:
        device: As torch names it.

    Returns:
        1 or 16.
    """
    return 1 if torch.device(device).type == "cpu" else 16


def point_spread(grid: Grid) -> Acquisition:
    """Return the blur of sampling with this grid's own voxels, in the plane (i, j).

    Args:
        grid: Any grid, spacing in mm.

    Returns:
        An acquisition from the grid to itself, FWHM one voxel along i and j, 0 along k.
    """
    return Acquisition(grid, grid, fwhm=(grid.spacing[0], grid.spacing[1], 0.0))


def deblur(image: Stacked, grid: Grid, noise: float) -> Stacked:
    """Undo the blur of an acquisition on this grid (Tikhonov deblurring).

    An image acquired on the grid carries a Gaussian of FWHM one voxel. A network that is trained to
    return such images blurs; deblurred images are what the fine grid requires.

    Args:
        image: ``(n, c, i, j)`` on ``grid``.
        grid: The grid on which the image was acquired.
        noise: Noise-to-signal variance of the inversion, at least 0; 0 returns the image unchanged.

    Returns:
        ``(n, c, i, j)``.
    """
    return project(point_spread(grid), image, image, noise) if noise else image


@dataclass(frozen=True, eq=False)
class Cascade:
    """The result of training: networks, stage by stage, and their back-projection.

    Args:
        networks: One for every stage, or a single one that serves as many stages as the factor
            needs.
        stage_factor: With a single network: the factor of one stage, above 1 and at most 100.
        back_projection: Applied after every stage.
        deblur_noise: The noise ratio of :func:`deblur` in training; 0 for none.
        axes: Axes of a slice that the networks expect to be coarse: both, or with 1 the first.
        precision: Numbers in which the networks compute; their outputs are added in float32.
        guide_power: Power to which intensities of the guide are raised, above 0 and at most 1:
            below 1 a guide appears brighter.

    Raises:
        SettingsError: No network, or a value outside its range.

    References:
        Iwamoto 2023, doi 10.1109/TETCI.2022.3215137, section III-C (cascade).

    Example:
        >>> import numpy as np
        >>> from crossres import GuidedRDN
        >>> network = GuidedRDN(blocks=1, layers=1, width=4, guided=False)
        >>> cascade, grid = Cascade((network,)), Grid((8, 8, 3), np.eye(4))
        >>> y = torch.rand(3, 1, 8, 8)
        >>> tuple(cascade.enhance(y, None, grid, grid.refined((4, 4, 1))).shape)
        (3, 1, 32, 32)
    """

    networks: tuple[nn.Module, ...]
    stage_factor: float = 2.0
    back_projection: BackProjection = field(default_factory=BackProjection)
    deblur_noise: float = 0.0
    axes: int = 2
    precision: Precision = "float32"
    guide_power: float = 1.0

    def __post_init__(self) -> None:
        if not self.networks:
            raise SettingsError("`networks` must hold at least one network, got none")
        check_number("stage_factor", self.stage_factor, 1, MOST_FACTOR, above=True)
        check_number("deblur_noise", self.deblur_noise, 0, MOST_NOISE)
        check_choice("axes", self.axes, (1, 2))
        check_choice("precision", self.precision, get_args(Precision))
        check_number("guide_power", self.guide_power, 0, 1, above=True)

    @property
    def guided(self) -> bool:
        """Whether the networks require a guide."""
        return any(getattr(network, "guided", False) for network in self.networks)

    def plan(self, coarse: Grid, fine: Grid) -> list[tuple[nn.Module, Grid]]:
        """Return each stage's network and the grid that it leads to.

        Args:
            coarse: Grid of the target.
            fine: Grid of the estimate.

        Returns:
            One (network, grid) per stage; the last grid is ``fine``.

        Raises:
            SettingsError: More than 16 stages.
        """
        shared = len(self.networks) == 1
        stages = stage_count(coarse, fine, self.stage_factor) if shared else len(self.networks)
        networks = self.networks * stages if shared else self.networks
        return list(zip(networks, stage_grids(coarse, fine, stages), strict=True))

    def ready(self, device: torch.device | str = "cpu") -> Cascade:
        """Return a copy for inference: on a device, normalisations folded, on a CPU without copies.

        Args:
            device: As torch names it.

        Returns:
            The copy; the original is unchanged.
        """
        from crossres.networks.folding import folded
        from crossres.networks.summed import summed

        sums = torch.device(device).type == "cpu" and self.precision == "float32"
        alike = (folded(network) for network in self.networks)
        copies = (summed(network) if sums else network.to(device) for network in alike)
        ordered = tuple(network.to(memory_format=torch.channels_last) for network in copies)  # type: ignore[call-overload]
        return replace(self, networks=ordered)

    @property
    def orientations(self) -> tuple[Orientation, ...]:
        """The eight orientations of a square, or the four that keep one coarse axis in place."""
        return EIGHT_ORIENTATIONS if self.axes == 2 else FOUR_ORIENTATIONS

    def with_back_projection(self, method: BackProjection) -> Cascade:
        """Return a copy with another back-projection.

        Args:
            method: The back-projection.

        Returns:
            The copy; the original is unchanged.
        """
        return replace(self, back_projection=method)

    def with_precision(self, precision: Precision) -> Cascade:
        """Return a copy whose networks compute in other numbers.

        Args:
            precision: "float32" or "bfloat16".

        Returns:
            The copy; the original is unchanged.
        """
        return replace(self, precision=precision)

    def with_guide_power(self, power: float) -> Cascade:
        """Return a copy that raises the intensities of the guide to another power.

        Args:
            power: Above 0 and at most 1.

        Returns:
            The copy; the original is unchanged.
        """
        return replace(self, guide_power=power)

    def self_ensemble(self, orientations: tuple[Orientation, ...] | None = None) -> Cascade:
        """Return a copy whose estimate is the mean over orientations (test-time augmentation).

        Args:
            orientations: A subset; all of :attr:`orientations` by default.

        Returns:
            The copy; the original is unchanged.
        """
        chosen = self.orientations if orientations is None else orientations
        networks = tuple(SelfEnsemble(network, chosen) for network in self.networks)
        return replace(self, networks=networks)

    @torch.no_grad()
    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the estimate of a batch of slices on the fine grid.

        Args:
            target: y, ``(n, 1, i, j)``, slices along k of the coarse grid, about 0-1.
            guide: g, ``(n, 1, I, J)``, on the fine grid, about 0-1; None for unguided networks.
            coarse: Grid of the target; its k axis is that of ``fine``.
            fine: Grid of the estimate.

        Returns:
            x^, ``(n, 1, I, J)``, about 0-1.

        Raises:
            GridError: The k axis changes: reorder the axes so that slices do not.
        """
        if coarse.shape[2] != fine.shape[2]:
            raise GridError("slices are enhanced in their plane: the k axis must not change")
        current, grid = target, coarse
        if guide is not None and self.guide_power != 1:
            guide = guide.clamp_min(0).pow(self.guide_power)
        least = target.amin(dim=(1, 2, 3), keepdim=True).clamp_max(0)
        plan = self.plan(coarse, fine)
        for network, finer in plan:
            estimate = self._stage(network, current, guide, grid, finer, fine)
            current = torch.maximum(estimate, least)
            last = finer is plan[-1][1]
            if self.deblur_noise and not last:
                current = point_spread(finer).forward(current)
            grid = finer
        if len(plan) == 1 and self.back_projection.between:
            return current
        return back_project(Acquisition(fine, coarse), current, target, self.back_projection)

    def _stage(
        self,
        network: nn.Module,
        current: Slices,
        guide: Fine | None,
        grid: Grid,
        finer: Grid,
        fine: Grid,
    ) -> Slices:
        """Run one stage: up-sample, add detail, and back-project onto the stage's input."""
        acquisition = Acquisition(finer, grid)
        seen = None if guide is None else guide_at(guide, fine, finer, self.deblur_noise)
        upsampled, reduced = acquisition.upsample(current), self.precision == "bfloat16"
        with torch.autocast(current.device.type, torch.bfloat16, enabled=reduced):
            estimate: Slices = network(upsampled, seen).to(upsampled)
        if not self.back_projection.between:
            return estimate
        return back_project(acquisition, estimate, current, self.back_projection)


def guide_at(guide: Fine, fine: Grid, grid: Grid, deblur_noise: float) -> Slices:
    """Return the guide as a scan on a coarser grid would show it.

    Args:
        guide: g, ``(n, 1, I, J)``, on ``fine``.
        fine: Grid of the guide.
        grid: The coarser grid.
        deblur_noise: Noise ratio of the deblurring that follows; 0 for none.

    Returns:
        The guide on ``grid``.
    """
    if grid.shape == fine.shape:
        return guide
    return deblur(Acquisition(fine, grid).forward(guide), grid, deblur_noise)
