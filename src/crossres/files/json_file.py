"""JSON files: read within bounds, with one line for each defect; written in full or not at all."""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from crossres.files.atomic_files import atomic
from crossres.files.text import escaped
from crossres.types import FileFormatError

if TYPE_CHECKING:
    Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
else:
    Json = dict | list | str | int | float | bool | None  # run-time checks resolve no recursion

# Python needs up to 25 times the size of a JSON file; sidecars with every DICOM tag have 1 MiB.
_LARGEST_MIB = 16
# Sidecars have about 5 levels; the functions of Python that write JSON end at about 1000.
_DEEPEST = 100
_EXACT_DIGITS = 19
_COMMA_AT_END = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.?)*(?:"|$))|(?<=[\w"}\]]),(?=[ \t\r\n]*[}\]])', re.DOTALL
)
"""A comma behind the last value, which editors by hand leave; texts are passed over."""
_REMEDY = "repair or remove it"


def read_json(path: str | Path, *, remedy: str = _REMEDY) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Args:
        path: The file: UTF-8 with or without a byte order mark, or UTF-16 or UTF-32 with one.
        remedy: End of the error message.

    Returns:
        The values by name, as :func:`parse_json` reads them.

    Raises:
        FileFormatError: Missing, too large, not a file, not JSON, or not an object.

    Example:
        >>> read_json("SR.json")["weights"]  # doctest: +SKIP
        't1-t2-axial-x4'
    """
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileFormatError(f"{path} is not a file; {remedy}")
        with path.open("rb") as stream:
            content = stream.read((_LARGEST_MIB << 20) + 1)
    except OSError as error:
        raise FileFormatError(f"cannot read {path}: {error.strerror}; {remedy}") from error
    found = parse_json(content, str(path), remedy=remedy)
    if not isinstance(found, dict):
        raise FileFormatError(f"{path} is no JSON object; {remedy}")
    return found


def parse_json(content: str | bytes, name: str, *, remedy: str = _REMEDY) -> Json:
    """Read JSON from text or from the bytes of a file.

    NaN, infinity and numbers beyond a double, which are no JSON, are read as None. Lone surrogates
    are read as escapes, so that what was read can be written again. A comma behind the last value
    of an object or a list is passed over.

    Args:
        content: The JSON.
        name: Name of the file, for the error.
        remedy: End of the error message.

    Returns:
        Plain values; all numbers are finite.

    Raises:
        FileFormatError: Not JSON, not UTF-8, too large, nested too deeply, or with two values under
            one name.

    Example:
        >>> parse_json('{"EchoTime": 0.1, "Noise": NaN}', "T2w.json")
        {'EchoTime': 0.1, 'Noise': None}
    """
    try:
        return _parsed(content)
    except RecursionError:
        problem = f"it is nested more than {_DEEPEST} levels deep"
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not {error.encoding.upper().removesuffix('-SIG')}"
    except json.JSONDecodeError as error:
        problem = f"{error.msg} in line {error.lineno}, column {error.colno}"
    except ValueError as error:
        problem = str(error)
    raise FileFormatError(f"{name} is no valid JSON ({problem}); {remedy}")


def _parsed(content: str | bytes) -> Json:
    if len(content) > _LARGEST_MIB << 20:
        raise ValueError(f"it has more than {_LARGEST_MIB} MiB")
    text = content if isinstance(content, str) else content.decode(json.detect_encoding(content))
    text = text.removeprefix("\ufeff")
    try:
        value = _loaded(text)
    except json.JSONDecodeError:
        shorter = _COMMA_AT_END.sub(lambda found: found["text"] or "", text)
        if shorter == text:
            raise
        value = _loaded(shorter)
    if _levels(value) > _DEEPEST:
        raise RecursionError
    return _escaped(value)


def _loaded(text: str) -> Json:
    value: Json = json.loads(
        text,
        parse_float=_number,
        parse_int=_integer,
        parse_constant=lambda _: None,
        object_pairs_hook=_object,
    )
    return value


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _integer(text: str) -> int | float | None:
    return int(text) if len(text) <= _EXACT_DIGITS else _number(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the values by name; refuse two different values under one name."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise ValueError(f"it has two values of {escaped(name)!r}")
        found[name] = value
    return found


def _levels(value: Json) -> int:
    """Count the levels of nested objects and lists, without a function call for each."""
    count, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        count += 1
        level = [inner for each in level for inner in _inside(each)]
    return count


def _inside(value: Json) -> Iterable[Json]:
    assert isinstance(value, dict | list)  # the caller has looked
    return value.values() if isinstance(value, dict) else value


def _escaped(value: Json) -> Json:
    """Replace lone surrogates in all names and texts."""
    if isinstance(value, dict):
        return {escaped(name): _escaped(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return escaped(value) if isinstance(value, str) else value


def plain(value: object) -> Json:
    """Convert a value to the types of JSON.

    Args:
        value: Numbers (NumPy's too), text, paths, and mappings, sequences, sets and arrays of them.

    Returns:
        The same as dictionaries, lists and plain numbers; NaN as None, infinity as ``"inf"``, and
        what UTF-8 cannot hold of a file name as escapes (:func:`crossres.files.escaped`).

    Raises:
        TypeError: A value of another type.

    Example:
        >>> plain({"factor": (4, 4, 1), "psnr": np.float64("nan")})
        {'factor': [4, 4, 1], 'psnr': None}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {escaped(str(name)): plain(item) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, str):
        return escaped(value)
    if value is None or isinstance(value, int | float | bool):
        return value
    if isinstance(value, Path):
        return escaped(str(value))
    if isinstance(value, Sequence | set | np.ndarray):
        return [plain(item) for item in value]
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def json_text(content: object) -> str:
    """Return a value as indented JSON, which any reader of JSON accepts.

    Args:
        content: A value of any type that :func:`plain` takes.

    Returns:
        The text; it ends with a line break.

    Raises:
        TypeError: A value that JSON cannot hold.

    Example:
        >>> print(json_text({"factor": 4}))
        {
          "factor": 4
        }
        <BLANKLINE>
    """
    return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(content: Mapping[str, object], path: str | Path, *, overwrite: bool = False) -> None:
    """Write a mapping as indented JSON, in full or not at all.

    Args:
        content: Values of any type that :func:`plain` takes, by name.
        path: The file to be made.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or read-only, or the disk is full.
        TypeError: A value that JSON cannot hold.
    """
    text = json_text(content)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
