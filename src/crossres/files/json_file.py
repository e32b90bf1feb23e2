"""JSON files, written in full or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from crossres.files.atomic_files import atomic

if TYPE_CHECKING:
    Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
else:
    Json = dict | list | str | int | float | bool | None  # run-time checks resolve no recursion


def plain(value: object) -> Json:
    """Convert a value to the types of JSON.

    Args:
        value: Numbers (NumPy's too), text, paths, and mappings, sequences, sets and arrays of them.

    Returns:
        The same as dictionaries, lists and plain numbers; NaN as None, infinity as ``"inf"``.

    Raises:
        TypeError: A value of another type.

    Example:
        >>> plain({"factor": (4, 4, 1), "psnr": np.float64("nan")})
        {'factor': [4, 4, 1], 'psnr': None}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence | set | np.ndarray):
        return [plain(item) for item in value]
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


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
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
