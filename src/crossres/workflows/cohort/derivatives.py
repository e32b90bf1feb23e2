"""The BIDS derivatives: their folder, their description, and the BIDS keys of a sidecar."""

from __future__ import annotations

import json
import os
import re
from importlib import metadata
from pathlib import Path

from crossres.files import atomic, write_json
from crossres.io import BidsDataset, Scan
from crossres.types import FileFormatError, OutputWriteError, SettingsError
from crossres.workflows.cohort.pairs import Match

BIDS_VERSION = "1.10.0"
_SOURCE = "raw"
_TITLE = "crossres"
# Reports, thumbnails and tables are not part of BIDS.
_IGNORED = "*.html\n*.png\n/cases.tsv\n/failed.tsv\n"
_README = """# {name}

Scans enhanced by crossres {version}. `index.html` shows all cases, `cases.tsv` lists them, and
`failed.tsv` lists those that failed in the last run. The JSON file beside each volume records its
inputs, its settings and its agreement with the scan.

Research software, not a medical device: the added detail is an estimate.
"""


def check_folders(dataset: Path, out: Path) -> None:
    """Refuse an output folder whose files would mix with others.

    Args:
        dataset: Root of the BIDS dataset.
        out: Folder of the derivatives; it may not exist yet.

    Raises:
        SettingsError: It is the dataset, or lies in it outside ``derivatives``.
        OutputWriteError: It holds another dataset, or is not a folder.
    """
    root, made = Path(os.path.realpath(dataset)), Path(os.path.realpath(out))
    inside = made.relative_to(root).parts if made.is_relative_to(root) else ("derivatives", "-")
    if len(inside) < 2 or inside[0] != "derivatives":
        raise SettingsError(
            f"{out} lies in the dataset itself; give a folder elsewhere, or "
            f"{dataset / 'derivatives' / 'crossres'}"
        )
    if out.exists() and not out.is_dir():
        raise OutputWriteError(f"cannot write into {out}: it is not a folder; choose another")
    if not _may_be_filled(out):
        raise OutputWriteError(
            f"{out} holds a dataset that crossres did not make; choose an empty or new folder"
        )


def _may_be_filled(out: Path) -> bool:
    """Return whether a folder holds derivatives of crossres, or no dataset at all."""
    path = out / "dataset_description.json"
    if not path.exists():
        return not any(out.glob("sub-*"))
    return any(entry.get("Name") == _TITLE for entry in _generators(_read(path)))


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _generators(description: dict[str, object]) -> list[dict[str, object]]:
    found = description.get("GeneratedBy")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def initialise_derivatives(dataset: BidsDataset, out: Path) -> None:
    """Make the folder a BIDS dataset; keys that users added to its description stay.

    Args:
        dataset: The dataset of the scans.
        out: Folder of the derivatives.

    Raises:
        OutputWriteError: The folder cannot be made or written to.
        SettingsError: It was made from another dataset.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputWriteError(
            f"cannot make {out}: {error.strerror}; choose a folder that you may write to"
        ) from error
    earlier = _read(out / "dataset_description.json")
    _check_source(earlier, dataset, out)
    description = _merged(_description(dataset, out), earlier)
    write_json(description, out / "dataset_description.json", overwrite=True)
    readme = _README.format(name=description["Name"], version=metadata.version("crossres"))
    for name, text in ((".bidsignore", _IGNORED), ("README.md", readme)):
        if not (out / name).exists():
            with atomic(out / name) as temporary:
                temporary.write_text(text, encoding="utf-8")


def _merged(own: dict[str, object], earlier: dict[str, object]) -> dict[str, object]:
    """Return a description with the keys of an earlier one, whose other generators are kept."""
    others = [entry for entry in _generators(earlier) if entry.get("Name") != _TITLE]
    generators = [*_generators(own), *others]
    return {**own, **earlier, "GeneratedBy": generators, "DatasetLinks": own["DatasetLinks"]}


def _check_source(earlier: dict[str, object], dataset: BidsDataset, out: Path) -> None:
    """Refuse to mix the cases of two datasets, whose names can be the same."""
    links = earlier.get("DatasetLinks")
    link = links.get(_SOURCE) if isinstance(links, dict) else None
    if isinstance(link, str) and (out / link).is_dir() and not (out / link).samefile(dataset.root):
        raise SettingsError(f"{out} was made from another dataset; choose another folder")


def _description(dataset: BidsDataset, out: Path) -> dict[str, object]:
    """Return the description of a new dataset; its only path is relative, to the raw data."""
    raw = dataset.description
    source = {"DOI": raw.get("DatasetDOI"), "Version": raw.get("DatasetVersion")}
    return {
        "Name": f"{raw['Name']}, enhanced" if raw.get("Name") else "Scans enhanced by crossres",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": _TITLE, "Version": metadata.version("crossres")}],
        "SourceDatasets": [
            {"URL": _uri(""), **{key: value for key, value in source.items() if value}}
        ],
        "DatasetLinks": {_SOURCE: Path(os.path.relpath(dataset.root, out)).as_posix()},
    }


def output_volume(match: Match, out: Path) -> Path:
    """Return the result of a case: the name of its target with ``desc-sr``, in the same place.

    Args:
        match: The case.
        out: Folder of the derivatives.

    Returns:
        The path of the volume.
    """
    name = re.sub(r"_desc-[^_]+", "", match.name)
    target = match.target
    return out / target.place.parent / f"{name}_desc-sr_{target.suffix}.nii.gz"


def without_clashes(matches: list[Match]) -> tuple[list[Match], list[tuple[str, FileFormatError]]]:
    """Separate cases whose results would have the same name: their targets differ only in ``desc``.

    Args:
        matches: All cases.

    Returns:
        The cases without a clash, and the name and an error for each of the others.
    """
    makers: dict[Path, list[Match]] = {}
    for match in matches:
        makers.setdefault(output_volume(match, Path()), []).append(match)
    apart = [ones[0] for ones in makers.values() if len(ones) == 1]
    clashing = [(match, path) for path, ones in makers.items() if len(ones) > 1 for match in ones]
    return apart, [
        (
            match.name,
            FileFormatError(f"several targets would make {path.name}; choose one by `filters`"),
        )
        for match, path in clashing
    ]


def bids_metadata(match: Match, dataset: BidsDataset) -> dict[str, object]:
    """Return the BIDS keys of the sidecar of a derived image.

    Args:
        match: The case.
        dataset: The dataset of the scans.

    Returns:
        Plain JSON values.
    """
    target, guide = match.target, match.guide
    by = "" if guide is None else f", guided by the {guide.suffix}"
    return {
        "Description": f"{target.suffix} estimated on a finer grid{by}",
        "Sources": [_uri_of(scan) for scan in (target, guide) if scan is not None],
        "SpatialReference": _uri_of(target),
        # A raw scan shows the head unless its own sidecar states otherwise.
        "SkullStripped": bool(dataset.metadata(target).get("SkullStripped", False)),
    }


def _uri_of(scan: Scan) -> str:
    return _uri(str(scan.place))


def _uri(place: str) -> str:
    return f"bids:{_SOURCE}:{place}"
