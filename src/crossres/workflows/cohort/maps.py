"""The maps of a case as BIDS derivatives: files beside the result, described in its sidecar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from crossres.files import write_json
from crossres.files.outputs import beside
from crossres.inference import Enhanced
from crossres.io import write
from crossres.report import MapVolume, describe_maps, draw_maps
from crossres.volume import Grid, Volume
from crossres.workflows.cohort.names import voxels_of
from crossres.workflows.enhance import EnhancedFiles

Drawn: TypeAlias = Sequence[tuple[MapVolume, Volume]]

_GUIDE = "guide"
_NAMES = (
    "input", "interpolated", _GUIDE, "difference", "residual", "predicted_error",
    "guide_influence",
)  # fmt: skip
_RESULT = "_desc-sr_"


def map_paths(volume: Path, guide: str | None) -> dict[str, Path]:
    """Return the files of all possible maps by name.

    A map has the name of the result with a ``desc`` of its own. The guide keeps its own suffix; its
    ``desc`` names the target that it was aligned to.

    Args:
        volume: The result, ``..._res-x4_desc-sr_T2w.nii.gz``.
        guide: Suffix of the guide, or None without one.

    Returns:
        Paths beside the result.
    """
    stem, _, suffix = volume.name.partition(_RESULT)
    contrast = suffix.split(".")[0]
    named = {name: f"{stem}_desc-sr{name.replace('_', '')}_{suffix}" for name in _NAMES}
    named[_GUIDE] = f"{stem}_desc-srguide{contrast}_{guide}.nii.gz"
    return {name: volume.with_name(file) for name, file in named.items() if guide or name != _GUIDE}


def existing_maps(volume: Path) -> set[Path]:
    """Return the existing maps of a result, whatever its guide was, and their sidecars.

    Args:
        volume: The result, ``..._res-x4_desc-sr_T2w.nii.gz``.

    Returns:
        Paths.
    """
    named = set(map_paths(volume, "*").values())
    maps = {path for pattern in named for path in volume.parent.glob(pattern.name)}
    return maps | {path for path in map(sidecar_path, maps) if path.exists()}


def sidecar_path(path: Path) -> Path:
    """Return the JSON file beside a map.

    Args:
        path: The map.

    Returns:
        The path.
    """
    return beside(path, ".json")


def drawn_maps(enhanced: Enhanced, paths: Mapping[str, Path]) -> Drawn:
    """Return the maps of a case and the display of each, under the names of these files.

    Args:
        enhanced: The result.
        paths: From :func:`map_paths`.

    Returns:
        Entries with their volumes.
    """
    drawn = draw_maps(enhanced)
    return [
        (entry.model_copy(update={"file": paths[entry.name].name, "short": entry.name}), volume)
        for entry, volume in drawn
    ]


def write_drawn(
    drawn: Drawn, files: Mapping[str, Path], metadata: Mapping[str, object], grid: Grid
) -> None:
    """Write maps and their sidecars.

    Args:
        drawn: From :func:`drawn_maps`.
        files: Paths to write to, by file name.
        metadata: Keys of BIDS for the sidecar of the result.
        grid: Of the result.
    """
    for entry, volume in drawn:
        write(volume, files[entry.file])
        described = {"Description": entry.meaning, "Units": "arbitrary"}
        if not volume.grid.is_close(grid):
            size = voxels_of(volume.grid)
            described["Resolution"] = f"{size}, those of the scan; the label is that of the result"
        write_json({**metadata, **described}, files[sidecar_path(Path(entry.file)).name])


def described(drawn: Drawn, done: EnhancedFiles, result_file: Path) -> dict[str, object]:
    """Return the entry on maps in the sidecar of the result, for ``crossres view``.

    Args:
        drawn: From :func:`drawn_maps`.
        done: The result.
        result_file: The volume as written.

    Returns:
        Plain JSON values.
    """
    entries = [entry for entry, _ in drawn]
    return describe_maps(entries, done.enhanced, result_file, done.verdict).model_dump()
