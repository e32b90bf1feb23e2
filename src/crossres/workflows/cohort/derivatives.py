"""The BIDS derivatives: their folder, their description, and the BIDS keys of a sidecar."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from crossres.files import ESCAPE, atomic, read_json, write_json
from crossres.io import BidsDataset, Scan
from crossres.types import OutputExistsError, OutputWriteError, SettingsError
from crossres.workflows.cohort.pairs import Match
from crossres.workflows.cohort.skull_stripping import skull_stripping

BIDS_VERSION = "1.10.0"
NAME = "Scans enhanced by crossres"
"""Name of the derivatives of a dataset without a name."""
_DESCRIPTION = "dataset_description.json"
_SOURCE = "raw"
_TITLE = "crossres"
_CONTAINER = "CROSSRES_CONTAINER"  # "docker:crossres:0.2.0.dev0", set in the images of containers
# Reports, thumbnails and tables are not part of BIDS.
_IGNORED = "*.html\n*.png\n/cases.tsv\n/cases.json\n/failed.tsv\n"
_README = """# {name}

Scans enhanced by crossres {version}. `index.html` shows all cases, `cases.tsv` lists them
(`cases.json` describes its columns), and `failed.tsv` lists those that failed in the last run. The
JSON file beside each volume records its inputs, its settings and its agreement with the scan.

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
        FileFormatError: Its ``dataset_description.json`` cannot be read.
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
    if not os.path.lexists(out / _DESCRIPTION):
        return not any(out.glob("sub-*"))
    return any(entry.get("Name") == _TITLE for entry in _generators(read_description(out)))


def read_description(out: Path) -> dict[str, Any]:
    """Read the description of derivatives.

    Args:
        out: Their folder.

    Returns:
        Its values; none where there is no description yet.

    Raises:
        FileFormatError: It cannot be read.
    """
    path = out / _DESCRIPTION
    return read_json(path, remedy="repair it") if os.path.lexists(path) else {}


def _generators(description: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = description.get("GeneratedBy")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def initialise_derivatives(dataset: BidsDataset, out: Path) -> None:
    """Make the folder a BIDS dataset; keys that users added to its description stay.

    Args:
        dataset: The dataset of the scans.
        out: Folder of the derivatives.

    Raises:
        OutputWriteError: The folder cannot be made or written to.
        FileFormatError: Its ``dataset_description.json`` cannot be read.
        SettingsError: It was made from another dataset.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputWriteError(
            f"cannot make {out}: {error.strerror}; choose a folder that you may write to"
        ) from error
    earlier = read_description(out)
    _check_source(earlier, dataset, out)
    description = _merged(_description(dataset, out), earlier)
    write_json(description, out / _DESCRIPTION, overwrite=True)
    readme = _README.format(name=description["Name"], version=metadata.version("crossres"))
    for name, text in ((".bidsignore", _IGNORED), ("README.md", readme)):
        if not (out / name).exists():
            # Tasks of an array start together: another one may have written the same text.
            with suppress(OutputExistsError), atomic(out / name) as temporary:
                temporary.write_text(text, encoding="utf-8", errors=ESCAPE)


def _merged(own: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    """Return a description with the keys of an earlier one, whose other generators are kept."""
    others = [entry for entry in _generators(earlier) if entry.get("Name") != _TITLE]
    merged = {**own, **earlier, "GeneratedBy": [*_generators(own), *others]}
    links = {**_links(earlier), **own["DatasetLinks"]}
    if _is_uri(before := _links(earlier).get(_SOURCE)) and _is_uri(links[_SOURCE]):
        links[_SOURCE] = before
    name = merged["Name"] if isinstance(merged["Name"], str) else own["Name"]
    return {**merged, "Name": name, "DatasetLinks": links}


def _links(description: Mapping[str, Any]) -> dict[str, Any]:
    links = description.get("DatasetLinks")
    return links if isinstance(links, dict) else {}


def _is_uri(link: object) -> bool:
    return isinstance(link, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", link) is not None


def _check_source(earlier: dict[str, Any], dataset: BidsDataset, out: Path) -> None:
    """Refuse to mix the cases of two datasets: by the link, and by the names of the subjects."""
    link = _links(earlier).get(_SOURCE)
    linked = isinstance(link, str) and (out / link).is_dir()
    subjects = [folder.name for folder in out.glob("sub-*")]
    unknown = subjects and not any((dataset.root / name).exists() for name in subjects)
    if unknown or (linked and not (out / str(link)).samefile(dataset.root)):
        raise SettingsError(f"{out} was made from another dataset; choose another folder")


def _description(dataset: BidsDataset, out: Path) -> dict[str, Any]:
    """Return the description of a new dataset; it names no folder."""
    known = {k: v for k, v in dataset.description.items() if isinstance(v, str) and v}
    source = {"DOI": known.get("DatasetDOI"), "Version": known.get("DatasetVersion")}
    return {
        "Name": f"{known['Name']}, enhanced" if "Name" in known else NAME,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [_generator()],
        "SourceDatasets": [
            {"URL": _uri(""), **{key: value for key, value in source.items() if value}}
        ],
        "DatasetLinks": {_SOURCE: _link(dataset, out, known.get("DatasetDOI"))},
    }


def _generator() -> dict[str, Any]:
    """Return the entry of this program: its version, public code and container, if it has them."""
    about = metadata.metadata("crossres")
    urls = dict(text.split(", ", 1) for text in about.get_all("Project-URL") or [])
    kind, _, tag = os.environ.get(_CONTAINER, "").partition(":")
    more = {"CodeURL": urls.get("Source"), "Container": {"Type": kind, "Tag": tag} if tag else None}
    known = {key: value for key, value in more.items() if value is not None}
    return {"Name": _TITLE, "Version": about["Version"], **known}


def _link(dataset: BidsDataset, out: Path, doi: str | None) -> str:
    """Return a link to the dataset without the name of a folder, which is often a person's.

    Derivatives inside the dataset lead to it by ``../..``. Others name its DOI, or if it has none a
    new URN, which identifies the dataset and leads nowhere.
    """
    path = Path(os.path.relpath(os.path.realpath(dataset.root), os.path.realpath(out)))
    if set(path.parts) <= {".."}:
        return path.as_posix()
    return doi if doi is not None and _is_uri(doi) else uuid.uuid4().urn


def bids_metadata(
    match: Match, dataset: BidsDataset, *, skull_stripped: bool | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return the BIDS keys of the sidecar of a derived image.

    ``SkullStripped`` is among them only where the metadata of the target state it, or the user.

    Args:
        match: The case.
        dataset: The dataset of the scans.
        skull_stripped: Whether the skull was removed from all scans, as the user states it.

    Returns:
        Plain JSON values, and a warning if the metadata of the target cannot be read.

    Raises:
        SettingsError: The metadata of the target contradict the user.
    """
    target, guide = match.target, match.guide
    by = "" if guide is None else f", guided by the {guide.suffix}"
    by += f", joined from {len(match.others) + 1} scans" if match.others else ""
    content = {
        "Description": f"{target.suffix} estimated on a finer grid{by}",
        "Sources": [_uri_of(s) for s in (target, *match.others, guide) if s is not None],
        "SpatialReference": _uri_of(target),
    }
    stripping, notes = skull_stripping(target, dataset, skull_stripped)
    return {**content, **stripping}, notes


def _uri_of(scan: Scan) -> str:
    return _uri(str(scan.place))


def _uri(place: str) -> str:
    return f"bids:{_SOURCE}:{place}"
