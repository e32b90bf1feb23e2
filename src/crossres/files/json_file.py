"""JSON files, written whole or not at all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from crossres.files.atomic_files import atomic

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def plain(value: object) -> Json:
    """Turn a value into what JSON can hold.

    Args:
        value: Numbers (NumPy's too), text, paths, mappings and sequences of them.

    Returns:
        The same as dictionaries, lists and plain numbers; nan as None, inf as ``"inf"``.

    Raises:
        TypeError: Anything else.
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
    """Write a dictionary as indented JSON, in full or not at all.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The file cannot be written.
    """
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic(path, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
