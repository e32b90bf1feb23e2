"""The folder of maps of a result: everything that the viewer shows, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from crossres.files import content_sha256
from crossres.files.outputs import NIFTI
from crossres.inference import Enhanced
from crossres.io import write
from crossres.report.checks import residual_of
from crossres.report.maps import (
    Maps,
    MapVolume,
    ResultVolume,
    write_maps,
)
from crossres.report.verdict import Verdict
from crossres.report.windows import Window, grey_range, map_limit
from crossres.volume import Volume, has_empty_background

_SCAN, _GUIDE = "intensity of the scan", "intensity of the guide"
# A residual above this share of the scan's brightest tissue is not noise. With a range of its own,
# a residual of rounding errors would look like a finding.
_NOTICEABLE = 0.05
# The viewer shows NIfTI only.
_COPY = "result.nii.gz"


def fill_folder(enhanced: Enhanced, result_file: Path, folder: Path, verdict: Verdict) -> None:
    """Write every image and map of a result, and ``maps.json``.

    Args:
        enhanced: The result.
        result_file: The volume as written, a file or a folder of DICOM slices. The folder of maps
            of a result of another format holds it as NIfTI, too.
        folder: An empty folder.
        verdict: From :func:`crossres.report.verdict_of`.

    Raises:
        OutputWriteError: A file cannot be written.
    """
    drawn = draw_maps(enhanced)
    for entry, volume in drawn:
        write(volume, folder / entry.file)
    if not result_file.name.endswith(NIFTI):
        write(enhanced.volume, folder / _COPY)
    entries = [entry for entry, _ in drawn]
    write_maps(describe_maps(entries, enhanced, result_file, verdict), folder)


def draw_maps(enhanced: Enhanced) -> list[tuple[MapVolume, Volume]]:
    """Return every image and map of a result, and the display of each.

    Args:
        enhanced: The result.

    Returns:
        Entries with their volumes.
    """
    return [*_images(enhanced), *_maps(enhanced), *_predictions(enhanced)]


def describe_maps(
    entries: Sequence[MapVolume], enhanced: Enhanced, result_file: Path, verdict: Verdict
) -> Maps:
    """Return the description of a result and its maps for a viewer.

    Args:
        entries: The maps, under the names of their files.
        enhanced: The result.
        result_file: The result as written.
        verdict: From :func:`crossres.report.verdict_of`.

    Returns:
        The content of ``maps.json``.

    Raises:
        FileFormatError: The result cannot be read for its checksum.
    """
    entry = ResultVolume(
        title="Result",
        unit=_SCAN,
        colormap="gray",
        range=_grey_range(enhanced),
        meaning="The enhanced volume. Detail finer than the scan is inferred.",
        sha256=content_sha256(result_file),
        file=None if result_file.name.endswith(NIFTI) else _COPY,
    )
    return Maps(
        result=entry,
        verdict=asdict(verdict),
        volumes=tuple(entries),
    )


def _grey_range(enhanced: Enhanced) -> Window:
    """Return the grey window of the scan, in its own intensities."""
    black, white = grey_range(enhanced.pair.target.data)
    return black + enhanced.background.air, white + enhanced.background.air


def _images(enhanced: Enhanced) -> list[tuple[MapVolume, Volume]]:
    """Return input, interpolated and guide; the scan's contrast has one range."""
    pair, shared = enhanced.pair, _grey_range(enhanced)
    scan = enhanced.background.restored(pair.target, enhanced.aligned.pair.target)
    images = [
        _image("input", "Scan", _SCAN, shared, "The scan as acquired, on its own voxels."),
        _image(
            "interpolated", "Interpolated (cubic)", _SCAN, shared,
            "Cubic interpolation of the scan: no detail is added.",
        ),
    ]  # fmt: skip
    found = list(zip(images, (scan, enhanced.interpolated), strict=True))
    if pair.guide is not None:
        meaning = "The other contrast, aligned and on the fine grid: the input of the networks."
        entry = _image("guide", "Guide", _GUIDE, grey_range(pair.guide.data), meaning)
        found.append((entry, pair.guide))
    return found


def _image(name: str, title: str, unit: str, window: Window, meaning: str) -> MapVolume:
    return MapVolume(
        file=f"{name}.nii.gz", role="image", title=title, unit=unit, colormap="gray",
        range=window, meaning=meaning,
    )  # fmt: skip


def _maps(enhanced: Enhanced) -> list[tuple[MapVolume, Volume]]:
    """Return the difference to interpolation and the residual."""
    pair, result = enhanced.pair, enhanced.result
    added = result.volume.with_data(result.volume.data - result.interpolated.data)
    noticeable = _NOTICEABLE * grey_range(pair.target.data)[1]
    difference = _map(
        "difference", "Added detail", map_limit(added.data, noticeable),
        "Result minus interpolated (cubic): what the networks added.",
    )  # fmt: skip
    unexplained = _map(
        "residual", "Residual", noticeable,
        "The result, acquired again in simulation, minus the scan. The colours reach to 5 % of the "
        f"intensity shown as white.{_rest(enhanced)}",
    )  # fmt: skip
    return [(difference, added), (unexplained, residual_of(pair, result.volume))]


def _rest(enhanced: Enhanced) -> str:
    """Return in words where the exact projection leaves a residual."""
    if not enhanced.passes or enhanced.passes[-1].back_projection.kind != "exact":
        return ""
    edge = ", as at the edge of the mask" * has_empty_background(enhanced.pair.target.data)
    return (
        " After the exact projection what remains lies where a bound on the intensities "
        f"acts{edge}."
    )


def _predictions(enhanced: Enhanced) -> list[tuple[MapVolume, Volume]]:
    """Return the maps of the predicted error and of the guide's influence, where there are any."""
    predicted, influence = enhanced.predicted_error, enhanced.guide_influence
    noticeable = _NOTICEABLE * grey_range(enhanced.pair.target.data)[1]
    found = []
    if predicted is not None:
        largest = map_limit(predicted.volume.data, noticeable)
        entry = _map(
            "predicted_error", "Predicted error", largest,
            "Predicted standard deviation of the error, calibrated on the scan itself. The "
            f"half-width of the 90 % intervals is {predicted.quantile:.2f} times it: about 90 % of "
            "the errors in the head are smaller.",
        )  # fmt: skip
        shown = {"colormap": "inferno", "range": (0.0, largest)}
        found.append((entry.model_copy(update=shown), predicted.volume))
    if influence is not None:
        meaning = "The result minus a result without the guide: what the guide changed."
        reach = map_limit(influence.data, noticeable)
        found.append((_map("guide_influence", "Guide influence", reach, meaning), influence))
    return found


def _map(name: str, title: str, largest: float, meaning: str) -> MapVolume:
    return MapVolume(
        file=f"{name}.nii.gz", role="map", title=title, unit=_SCAN, colormap="diverging",
        range=(-largest, largest), meaning=meaning,
    )  # fmt: skip
