"""A case's maps as BIDS derivatives: files beside the result, described in its sidecar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from crossres.files import write_json
from crossres.files.outputs import beside
from crossres.io import write
from crossres.report.map_folder import draw_maps, gather_maps
from crossres.report.maps import MapVolume
from crossres.volume import Volume
from crossres.workflows.enhance import Enhancement

Drawn: TypeAlias = Sequence[tuple[MapVolume, Volume]]

_GUIDE = "guide"
_NAMES = (
    "input", "interpolated", _GUIDE, "difference", "residual", "uncertainty", "guide_influence",
)  # fmt: skip
_RESULT = "_desc-sr_"


def map_paths(volume: Path, guide: str | None) -> dict[str, Path]:
    """Return the file of every map that there may be, by name.

    They are called as the result, with a ``desc`` of their own. The guide keeps its contrast; which
    target it was brought to is in its ``desc``.

    Args:
        volume: The result, ``..._desc-sr_T2w.nii.gz``.
        guide: Suffix of the guide, or None without one.
    """
    stem, _, suffix = volume.name.partition(_RESULT)
    contrast = suffix.split(".")[0]
    named = {name: f"{stem}_desc-sr{name.replace('_', '')}_{suffix}" for name in _NAMES}
    named[_GUIDE] = f"{stem}_desc-srguide{contrast}_{guide}.nii.gz"
    return {name: volume.with_name(file) for name, file in named.items() if guide or name != _GUIDE}


def maps_there(volume: Path) -> set[Path]:
    """Return the maps of a result that are there, whatever its guide was, and their sidecars."""
    named = set(map_paths(volume, "*").values())
    maps = {path for pattern in named for path in volume.parent.glob(pattern.name)}
    return maps | {path for path in map(sidecar_of, maps) if path.exists()}


def sidecar_of(path: Path) -> Path:
    """Return the JSON file beside a map."""
    return beside(path, ".json")


def draw(done: Enhancement, paths: Mapping[str, Path]) -> Drawn:
    """Return the maps of a case and how each is shown, under the names of these files."""
    evidence = done.evidence
    drawn = draw_maps(done.pair, done.result, spread=evidence.spread, influence=evidence.influence)
    return [
        (entry.model_copy(update={"file": paths[entry.name].name, "short": entry.name}), volume)
        for entry, volume in drawn
    ]


def write_drawn(drawn: Drawn, files: Mapping[str, Path], metadata: Mapping[str, object]) -> None:
    """Write maps and their sidecars.

    Args:
        drawn: From :func:`draw`.
        files: Where to, by the name of what is written.
        metadata: Keys of BIDS for the sidecar of the result.
    """
    for entry, volume in drawn:
        write(volume, files[entry.file])
        said = {"Description": entry.meaning, "Units": "arbitrary"}
        write_json({**metadata, **said}, files[sidecar_of(Path(entry.file)).name])


def described(drawn: Drawn, done: Enhancement, result_file: Path) -> dict[str, object]:
    """Return what the result's sidecar says of its maps, for ``crossres view``."""
    entries = [entry for entry, _ in drawn]
    return gather_maps(entries, done.pair, done.result, result_file).model_dump()
