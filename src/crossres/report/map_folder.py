"""Fill a result's folder of maps: everything the viewer shows, computed once, on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from crossres.files import sha256
from crossres.inference import Enhanced, Evidence, Result
from crossres.io import write
from crossres.physics import acquire_volume
from crossres.report.maps import (
    Maps,
    MapVolume,
    ResultVolume,
    write_maps,
)
from crossres.report.page import verdict
from crossres.types import Array3
from crossres.volume import Pair, Volume

_SCAN, _GUIDE = "intensity of the scan", "intensity of the guide"
# A residual beyond this share of the scan's brightest tissue is not noise any more; with a range
# of its own a residual of rounding errors would look like a finding.
_NOTICEABLE = 0.05


def fill_folder(enhanced: Enhanced, result_file: Path, folder: Path) -> None:
    """Write every image and map of a result, and ``maps.json``.

    Args:
        enhanced: The result.
        result_file: The volume as written, which the maps belong to.
        folder: An empty folder.

    Raises:
        OutputWriteError: Something cannot be written.
    """
    drawn = draw_maps(enhanced.pair, enhanced.result, enhanced.evidence)
    for entry, volume in drawn:
        write(volume, folder / entry.file)
    entries = [entry for entry, _ in drawn]
    write_maps(describe_maps(entries, enhanced.pair, enhanced.result, result_file), folder)


def draw_maps(pair: Pair, result: Result, evidence: Evidence) -> list[tuple[MapVolume, Volume]]:
    """Return every image and map of a result, and how each is displayed.

    Args:
        pair: Target, fine grid and guide as the networks saw them.
        result: The estimate.
        evidence: Maps of uncertainty and of the guide's influence.

    Returns:
        Entries with their volumes.
    """
    return [*_images(pair, result), *_maps(pair, result), *_evidence(pair, evidence)]


def describe_maps(
    entries: Sequence[MapVolume], pair: Pair, result: Result, result_file: Path
) -> Maps:
    """Return the description of a result and its maps for a viewer.

    Args:
        entries: The maps, under the names of their files.
        pair: Target and fine grid.
        result: The estimate.
        result_file: The result as written.

    Returns:
        The content of ``maps.json``.

    Raises:
        FileFormatError: The result cannot be read for its checksum.
    """
    found = asdict(verdict(result.consistency))
    return Maps(
        result=_result_entry(pair, result_file),
        verdict={name: str(text) for name, text in found.items()},
        volumes=tuple(entries),
    )


def residual(pair: Pair, estimate: Volume) -> Volume:
    """Return A x^ - y on the scan's grid: where the result does not explain the scan.

    Args:
        pair: Target and fine grid.
        estimate: x^ on the fine grid.

    Returns:
        Signed differences in the scan's intensities.
    """
    acquired = acquire_volume(estimate, pair.target.grid)
    return pair.target.with_data(acquired.data - pair.target.data)


def _result_entry(pair: Pair, result_file: Path) -> ResultVolume:
    return ResultVolume(
        title="Result",
        unit=_SCAN,
        colormap="gray",
        range=grey_range(pair.target.data),
        meaning="The enhanced volume. Detail finer than the scan is inferred.",
        sha256=sha256(result_file),
    )


def _images(pair: Pair, result: Result) -> list[tuple[MapVolume, Volume]]:
    """Return input, interpolated and guide; what is of the scan's contrast shares one range."""
    shared = grey_range(pair.target.data)
    images = [
        _image("input", "Input", _SCAN, shared, "The scan as it came in, on its own voxels."),
        _image(
            "interpolated", "Interpolated", _SCAN, shared,
            "Cubic interpolation of the scan: nothing is added.",
        ),
    ]  # fmt: skip
    found = list(zip(images, (pair.target, result.interpolated), strict=True))
    if pair.guide is not None:
        meaning = "The other contrast, aligned and on the fine grid, as the networks saw it."
        entry = _image("guide", "Guide", _GUIDE, grey_range(pair.guide.data), meaning)
        found.append((entry, pair.guide))
    return found


def _image(
    name: str, title: str, unit: str, window: tuple[float, float], meaning: str
) -> MapVolume:
    return MapVolume(
        file=f"{name}.nii.gz", role="image", title=title, unit=unit, colormap="gray",
        range=window, meaning=meaning,
    )  # fmt: skip


def _maps(pair: Pair, result: Result) -> list[tuple[MapVolume, Volume]]:
    """Return what is laid over an image."""
    added = result.volume.with_data(result.volume.data - result.interpolated.data)
    noticeable = _NOTICEABLE * grey_range(pair.target.data)[1]
    difference = _map(
        "difference", "Result − interpolated", _extent(added.data, noticeable),
        "What the networks added to plain interpolation.",
    )  # fmt: skip
    unexplained = _map(
        "residual", "Residual", noticeable,
        "The result, scanned again in simulation, minus the scan. The colours reach to 5 % of the "
        "scan's brightest tissue: what shows is where the result contradicts the scan.",
    )  # fmt: skip
    return [(difference, added), (unexplained, residual(pair, result.volume))]


def _evidence(pair: Pair, evidence: Evidence) -> list[tuple[MapVolume, Volume]]:
    """Return the maps of uncertainty and of the guide's influence."""
    spread, influence = evidence.standard_deviation, evidence.influence
    noticeable = _NOTICEABLE * grey_range(pair.target.data)[1]
    found = []
    if spread is not None:
        entry = _map(
            "uncertainty", "Uncertainty", _extent(spread.data, noticeable),
            "How far the estimates from several positions of the slice lie apart (standard "
            "deviation): larger where errors are larger, but smaller than they are.",
        )  # fmt: skip
        shown = {"colormap": "inferno", "range": (0.0, entry.range[1])}
        found.append((entry.model_copy(update=shown), spread))
    if influence is not None:
        meaning = "The result minus one made without the guide: what the guide changed."
        reach = _extent(influence.data, noticeable)
        found.append((_map("guide_influence", "Guide influence", reach, meaning), influence))
    return found


def _map(name: str, title: str, largest: float, meaning: str) -> MapVolume:
    return MapVolume(
        file=f"{name}.nii.gz", role="map", title=title, unit=_SCAN, colormap="diverging",
        range=(-largest, largest), meaning=meaning,
    )  # fmt: skip


def grey_range(data: Array3) -> tuple[float, float]:
    """Return the intensities to show as black and as white: 0 (or the 1 % point below), and 99.8 %.

    Args:
        data: Intensities, any range.
    """
    low, high = (float(value) for value in np.percentile(data, (1, 99.8)))
    return min(low, 0.0), max(high, min(low, 0.0) + 1e-6)


def _extent(data: Array3, smallest: float) -> float:
    """Return how far the colours of a signed map reach: 99.5 % of what is not 0."""
    sizes = np.abs(data[data != 0])
    return max(float(np.percentile(sizes, 99.5)) if sizes.size else 0.0, smallest)
