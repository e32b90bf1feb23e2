"""Files of weights (safetensors): the header is judged before any tensor is read."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from safetensors import safe_open
from safetensors.torch import load
from torch import Tensor, nn, uint8
from torch.nn.modules.module import register_module_parameter_registration_hook

from crossres.files import parse_json
from crossres.types import FileFormatError

CARD = "crossres-card"
"""Name of the card in the metadata of the file."""
CHECKSUM = "tensors_sha256"
"""Name of the checksum beside the entries of the card; weights of earlier versions have none."""
Shapes: TypeAlias = Mapping[str, tuple[int, ...]]
"""Shapes of tensors by name."""

# The header of the largest weights in the package has 14 kB; a line of it describes a tensor.
_LARGEST_HEADER = 4 << 20
# 250 million weights: two-dimensional networks of the literature have up to 50 million.
_LARGEST_FILE = 1 << 30
_LENGTH = 8


def read_header(path: Path) -> tuple[Any, Shapes]:
    """Return the card and the shapes of the tensors of a file.

    Args:
        path: The file.

    Returns:
        The card as plain values, and the shapes by name.

    Raises:
        FileFormatError: The header is no JSON, or has two values of one name.
        ValueError: The file is too large, or shorter than its header.
        SafetensorError: The header does not describe the file.
        KeyError: There is no card.
        OSError: The file cannot be read.
    """
    parse_json(_header(path), str(path))
    with safe_open(path, framework="np") as file:
        card = parse_json((file.metadata() or {})[CARD], str(path))
        names = file.keys()
        return card, {name: tuple(file.get_slice(name).get_shape()) for name in names}


def _header(path: Path) -> bytes:
    """Return the header of a file whose size allows for one."""
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise ValueError(f"it has more than {_LARGEST_FILE >> 30} GiB")
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH), "little")
        if size < _LENGTH or length > min(_LARGEST_HEADER, size - _LENGTH):
            raise ValueError("the length of its header does not fit")
        return stream.read(length)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file whose header was read.

    Args:
        path: The file.

    Returns:
        The tensors by name.

    Raises:
        SafetensorError: The file is damaged, or of another type of number.
        OSError: The file cannot be read.
    """
    # For torch, safetensors opens no file whose name is not UTF-8.
    tensors: dict[str, Tensor] = load(path.read_bytes())
    return tensors


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Return a checksum of tensors.

    Args:
        tensors: The tensors by name, in any order.

    Returns:
        SHA-256 of their names, types, shapes and bytes, in hexadecimal.
    """
    found = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        found.update(tensor.contiguous().reshape(-1).view(uint8).numpy().tobytes())
    return found.hexdigest()


@contextmanager
def at_most(shapes: Shapes) -> Iterator[None]:
    """Stop the making of a network that has far more weights than a file.

    Settings on a card may describe a network of any size. Twice the weights are allowed, since a
    network may replace some of its own.

    Args:
        shapes: Those of the file.

    Yields:
        Nothing; networks are made inside the block.

    Raises:
        FileFormatError: A network is too large.
    """
    tensors, weights = 2 * len(shapes), 2 * sum(map(math.prod, shapes.values()))
    here = threading.get_ident()

    def count(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        nonlocal tensors, weights
        if parameter is None or threading.get_ident() != here:
            return
        tensors, weights = tensors - 1, weights - parameter.numel()
        if min(tensors, weights) < 0:
            raise FileFormatError("the card describes a larger network than the file holds")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()
