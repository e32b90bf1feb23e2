"""The result of enhancing one DICOM series, as a derived series."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from crossres.inference import Enhanced
from crossres.types import Progress
from crossres.workflows.enhance.result import EnhancedFiles

_LONGEST_LABEL = 40


def write_dicom(done: EnhancedFiles, folder: Path, *, progress: Progress | None = None) -> None:
    """Fill a folder with the slices of the result; the target was DICOM.

    Args:
        done: The result.
        folder: An empty folder.
        progress: Called with (slices written, total slices).

    Raises:
        CrossresError: As :func:`crossres.io.dicom.write_series`.
    """
    from crossres.io.dicom import write_series  # loads pydicom: not needed for NIfTI

    series = [found.series for found in done.inputs.values() if found.series is not None]
    target, *others = series
    factors = _factors(done.enhanced)
    write_series(
        done.enhanced.volume,
        folder,
        source=target,
        others=others,
        name=f"{target.label[:_LONGEST_LABEL]} crossres {factors}".strip(),
        derivation=_description(done.enhanced),
        overwrite=True,
        progress=progress,
    )


def _factors(enhanced: Enhanced) -> str:
    return "x".join(f"{f:.3g}" for f in enhanced.factors)


def _description(enhanced: Enhanced) -> str:
    """Return what a reader of the images must know."""
    guided = "with" if enhanced.pair.guide is not None else "without"
    joined = f"joined from {len(enhanced.scans)} scans, " if enhanced.scans else ""
    return (
        f"crossres {metadata.version('crossres')}: {_factors(enhanced)} as many voxels by a neural "
        f"network, {joined}weights {enhanced.weights}, {guided} a guide of another contrast. "
        "Detail finer than the source was inferred, not measured. Research use only, not for "
        "diagnosis."
    )
