"""Air and padding of a scan: taken out before the computation, and put back after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from crossres.types import FineMask, Mask3, Shape3
from crossres.volume.volume import Volume


@dataclass(frozen=True)
class Background:
    """The intensities of air and of padding.

    Args:
        air: Intensity of air.
        padding: Value of the voxels in which nothing was scanned or kept; None without any.
        measured: False where the scan shows no air, and ``air`` is its darkest intensity.

    Example:
        >>> Background(air=-1024.0).is_zero
        False
    """

    air: float = 0.0
    padding: float | None = None
    measured: bool = True

    @property
    def is_zero(self) -> bool:
        """Whether the scan is used as it is."""
        return self.air == 0 and self.padding is None

    @property
    def masked(self) -> bool:
        """Whether the padding lies among the intensities of the head, as in z-scores of a brain."""
        return self.padding is not None and self.padding > self.air

    def removed(self, volume: Volume) -> Volume:
        """Return the scan with air and padding at 0.

        Args:
            volume: The scan, or another image in its intensities.

        Returns:
            The scan; the same object where air is 0 already.
        """
        if self.is_zero:
            return volume
        data = volume.data - np.float32(self.air)
        if self.padding is not None:
            data[volume.data == np.float32(self.padding)] = 0
        return volume.with_data(data)

    def restored(self, volume: Volume, scan: Volume) -> Volume:
        """Return an image in the intensities of the scan again.

        Args:
            volume: An image with air at 0, on any grid over the field of view of the scan.
            scan: The scan that the background was measured on.

        Returns:
            The image; padding below the head becomes air, a masked background is as in the scan.
        """
        volume = self.added(volume)
        if self.padding is None or not self.masked:
            return volume
        empty = at_centres(scan.data == np.float32(self.padding), volume.shape)
        return volume.with_data(np.where(empty, np.float32(self.padding), volume.data))

    def added(self, volume: Volume) -> Volume:
        """Return an image in the intensities of the scan, its background that of air.

        Args:
            volume: An image with air at 0, on any grid.

        Returns:
            The image; the same object where air is 0.
        """
        return volume if self.air == 0 else volume.with_data(volume.data + np.float32(self.air))

    def notes(self, name: str) -> list[str]:
        """Return a warning of what was done.

        Args:
            name: Of the scan in the sentence, such as "the guide".

        Returns:
            One sentence, or none where air is 0.
        """
        if self.padding is not None:
            place = "inside the range of" if self.masked else "below"
            return [
                f"the background of {name} is {self.padding:g}, {place} its other intensities: it "
                f"was replaced by {self.air:g}, the intensity of air"
            ]
        if not self.measured:
            return [f"no air at the edges of {name}: {self.air:g}, its darkest, was taken as air"]
        if self.is_zero:
            return []
        return [
            f"the background of {name} is {self.air:g}, not 0: it was subtracted for the "
            "computation and added again"
        ]


def at_centres(mask: Mask3, shape: Shape3) -> FineMask:
    """Return a mask on another grid over the same field of view, without interpolation.

    Args:
        mask: ``(i, j, k)``.
        shape: Shape of the other grid.

    Returns:
        For each of its voxels the value of the voxel in which its centre lies.
    """
    sizes = zip(mask.shape, shape, strict=True)
    found: FineMask = mask[np.ix_(*(nearest_voxels(m, n) for m, n in sizes))]
    return found


def nearest_voxels(count: int, other: int) -> Int[np.ndarray, " n"]:
    """Return the voxel of an axis in which each voxel of another grid has its centre.

    Args:
        count: Voxels along the axis, at least 1.
        other: Voxels of the other grid along it, over the same field of view.

    Returns:
        Indices, ``(other,)``.

    Example:
        >>> nearest_voxels(2, 4).tolist()
        [0, 0, 1, 1]
    """
    return ((np.arange(other) + 0.5) * count / other).astype(np.int64)
