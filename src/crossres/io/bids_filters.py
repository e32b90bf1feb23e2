"""Filters of images by contrast, from a JSON file as fMRIPrep and other BIDS Apps take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from crossres.files import read_json
from crossres.io.bids import DATATYPE, Filters
from crossres.types import SettingsError

_SUFFIX = "suffix"


def read_filters(
    path: Path, contrasts: Iterable[str], entities: Mapping[str, str]
) -> dict[str, Filters]:
    """Read filters such as ``{"t2w": {"acquisition": "highres", "run": null}}``.

    A contrast holds a label, or a list of labels, by the name of an entity; null selects images
    without the entity.

    Args:
        path: The JSON file.
        contrasts: Suffixes that the file may filter; it writes them in any case.
        entities: Names of entities in files, by their long names (``{"acquisition": "acq"}``).

    Returns:
        Filters by suffix.

    Raises:
        FileFormatError: The file cannot be read.
        SettingsError: Another contrast, an unknown entity, or a value that is no label.
    """
    known = {contrast.lower(): contrast for contrast in contrasts}
    found: dict[str, Filters] = {}
    for name, filters in read_json(path, remedy="correct it").items():
        if name.lower() not in known:
            raise SettingsError(
                f"{path} filters {name!r}, which is neither target nor guide; it may hold "
                f"{' and '.join(known)}"
            )
        found[known[name.lower()]] = _filters(filters, known[name.lower()], path, entities)
    return found


def _filters(filters: object, contrast: str, path: Path, entities: Mapping[str, str]) -> Filters:
    """Return the filters of one contrast, by the names of the entities in files."""
    if not isinstance(filters, dict) or filters.get(_SUFFIX, contrast) != contrast:
        raise SettingsError(
            f"{path} needs an object of entities for {contrast}, and no other suffix; correct it"
        )
    names = {**entities, **{name: name for name in (*entities.values(), DATATYPE)}}
    unknown = [key for key in filters if key not in names and key != _SUFFIX]
    if unknown:
        raise SettingsError(
            f"{path} filters {contrast} by {unknown[0]!r}; give one of {', '.join(sorted(names))}"
        )
    return {names[key]: _labels(key, value, path) for key, value in filters.items() if key in names}


def _labels(key: str, value: object, path: Path) -> list[str] | None:
    """Return a label, or a list of labels, as a list of texts."""
    if value is None:
        return None
    labels = value if isinstance(value, list) else [value]
    if not labels or any(isinstance(one, bool) or not isinstance(one, str | int) for one in labels):
        raise SettingsError(
            f"{path} has {value!r} for {key!r}; give a label, a list of labels, or null"
        )
    return [str(label) for label in labels]
