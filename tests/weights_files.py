"""Weights files with other cards and headers than crossres writes."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

Change = Callable[[dict[str, Any]], object]


def header_of(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the header of a safetensors file, and the bytes behind it."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def write_raw(path: Path, header: bytes, tensors: bytes, *, length: int | None = None) -> Path:
    """Write a safetensors file of any bytes."""
    path.write_bytes(
        struct.pack("<Q", len(header) if length is None else length) + header + tensors
    )
    return path


def change_header(path: Path, change: Change) -> Path:
    """Change the header of a weights file in place."""
    header, tensors = header_of(path)
    change(header)
    return write_raw(path, json.dumps(header).encode(), tensors)


def change_card(path: Path, **entries: Any) -> Path:
    """Change entries of the card in a weights file, in place."""

    def change(header: dict[str, Any]) -> None:
        card = json.loads(header["__metadata__"]["crossres-card"])
        header["__metadata__"]["crossres-card"] = json.dumps({**card, **entries})

    return change_header(path, change)


def replace_card(path: Path, text: str) -> Path:
    """Replace the whole card in a weights file, in place."""
    return change_header(
        path, lambda header: header["__metadata__"].update({"crossres-card": text})
    )
