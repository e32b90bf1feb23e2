"""The result of enhancing one DICOM series, as a derived series."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from crossres.types import Progress

if TYPE_CHECKING:
    from crossres.workflows.enhance.files import Enhancement

_LONGEST_LABEL = 40


def write_dicom(done: Enhancement, folder: Path, *, progress: Progress | None = None) -> None:
    """Fill a folder with the slices of the result; the target was DICOM.

    Raises:
        CrossresError: As :func:`crossres.io.dicom.write_series`.
    """
    from crossres.io.dicom import write_series

    series = [found.series for found in done.inputs.values() if found.series is not None]
    target, *others = series
    write_series(
        done.result.volume,
        folder,
        source=target,
        others=others,
        name=f"{target.label[:_LONGEST_LABEL]} crossres {_factors(done)}".strip(),
        how=_how(done),
        overwrite=True,
        progress=progress,
    )


def _factors(done: Enhancement) -> str:
    return "x".join(f"{f:.3g}" for f in done.pair.target.grid.factors_to(done.pair.fine))


def _how(done: Enhancement) -> str:
    """Say what a reader of the images has to know."""
    guided = "with" if done.pair.guide is not None else "without"
    return (
        f"crossres {metadata.version('crossres')}: {_factors(done)} as many voxels by a neural "
        f"network, weights {done.weights}, {guided} a guide of another contrast. Detail finer "
        "than the source was inferred, not measured. Research use only, not for diagnosis."
    )
