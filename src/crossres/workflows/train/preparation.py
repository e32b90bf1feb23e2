"""What was done to scans before they became training targets, as at inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossres.inference.noise import needs_denoising
from crossres.inference.prepared_scan import PreparedScan
from crossres.types import Shape3
from crossres.volume import Grid

_DIGITS = 4
"""Of a share of noise: the last ones of a measurement differ between machines, and this is compared
when a training is resumed."""


@dataclass(frozen=True)
class Preparation:
    """What was done to a scan before it became a training target.

    Args:
        samples: Acquired samples along its voxel axes that replace the voxels of a zero-filled
            scan; None for any other.
        apodised: Names of the voxel axes along which its k-space was truncated, such as "ij".
        noise: Share of the intensity scale of the noise of which most was removed; 0 for a scan
            that is not denoised.

    Example:
        >>> Preparation(apodised="ij").noise
        0.0
    """

    samples: Shape3 | None = None
    apodised: str = ""
    noise: float = 0.0

    @classmethod
    def of(cls, read: Grid, scan: PreparedScan) -> Preparation:
        """Return what was done.

        Args:
            read: Grid of the scan as it was read.
            scan: The scan as the networks are given it.

        Returns:
            The preparation.
        """
        shape = scan.scan.shape
        return cls(
            samples=None if shape == read.shape else shape,
            apodised=scan.apodised_axes,
            noise=round(scan.noise.share, _DIGITS) if needs_denoising(scan.noise) else 0.0,
        )


def preparation_notes(names: Sequence[str], preparations: Sequence[Preparation]) -> list[str]:
    """Describe which scans were apodised or denoised.

    Args:
        names: Names of the cases.
        preparations: What was done to each.

    Returns:
        At most two sentences, with names and numbers.

    Example:
        >>> preparation_notes(["sub-01", "sub-02"], [Preparation(noise=0.031), Preparation()])
        ['denoised before training, as at inference, 1 of 2 scans: sub-01 (3.1 % of noise)']
    """
    cases = list(zip(names, preparations, strict=True))
    done = {
        "apodised": [f"{name} ({', '.join(p.apodised)})" for name, p in cases if p.apodised],
        "denoised": [f"{name} ({100 * p.noise:.1f} % of noise)" for name, p in cases if p.noise],
    }
    return [
        f"{what} before training, as at inference, {len(scans)} of {len(cases)} scans: "
        f"{', '.join(scans)}"
        for what, scans in done.items()
        if scans
    ]


def preparation_counts(preparations: Sequence[Preparation]) -> str:
    """Return how many scans were prepared, without their names: a weight card is passed on.

    Args:
        preparations: What was done to each scan.

    Returns:
        A phrase; empty where all scans were used as they are.

    Example:
        >>> preparation_counts([Preparation(apodised="ij"), Preparation()])
        'of 2 scans 1 apodised'
    """
    counts = {
        "apodised": sum(bool(p.apodised) for p in preparations),
        "reduced to acquired samples": sum(p.samples is not None for p in preparations),
        "denoised": sum(bool(p.noise) for p in preparations),
    }
    found = [f"{count} {what}" for what, count in counts.items() if count]
    return f"of {len(preparations)} scans {', '.join(found)}" if found else ""
