"""Checkpoints: files of torch that hold their own checksum, written whole and read with care."""

from __future__ import annotations

import hashlib
import io
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from crossres.checks import check_number, check_whole
from crossres.files import atomic
from crossres.files.output_checks import write_error
from crossres.types import SettingsError, TrainingError

_SEAL = b"crossres sha256 "
_SEAL_LENGTH = len(_SEAL) + 64
_DIVERGED = (
    "training diverged: a loss or a weight is not finite; use a smaller learning rate "
    "(TrainingSettings in Python) or another `seed`, or check the scans for extreme values"
)


@dataclass
class TrainingState:
    """The state of a training: everything that a checkpoint needs beside the tensors.

    Raises:
        SettingsError: A value outside its range.
    """

    step: int = 0
    rate: float = 0.0
    best: float = math.inf
    waited: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("step", "waited"):
            check_whole(name, getattr(self, name), least=0)
        for name in ("rate", "seconds"):
            check_number(name, getattr(self, name))
        for loss in self.losses:
            check_number("losses", loss, -math.inf)
        if self.step and not self.losses:
            raise SettingsError(f"`losses` must be a value for each epoch of {self.step} steps")


def tensors_in(content: Any) -> Iterator[Tensor]:
    """Yield every tensor of nested dictionaries, lists and tuples.

    Args:
        content: Any value.

    Yields:
        The tensors, in the order in which they are stored.

    Example:
        >>> [tuple(t.shape) for t in tensors_in({"a": torch.ones(2), "b": [torch.ones(1, 3), 5]})]
        [(2,), (1, 3)]
    """
    if isinstance(content, Tensor):
        yield content
    elif isinstance(content, dict | list | tuple):
        for item in content.values() if isinstance(content, dict) else content:
            yield from tensors_in(item)


def is_finite(content: Any) -> bool:
    """Return whether all tensors within a value are finite.

    Args:
        content: Any value.

    Returns:
        False if a tensor holds NaN or infinity.

    Example:
        >>> is_finite([torch.ones(2), torch.tensor(float("nan"))])
        False
    """
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors_in(content))


def check_finite(content: Any) -> None:
    """Refuse to continue a training that has diverged.

    Args:
        content: The tensors of the training, nested in any way.

    Raises:
        TrainingError: NaN or infinity.
    """
    if not is_finite(content):
        raise TrainingError(_DIVERGED)


def check_moments(optimiser: torch.optim.Optimizer) -> None:
    """Refuse moments of another shape than their parameter, which torch loads without a check.

    Args:
        optimiser: One whose state was just loaded.

    Raises:
        ValueError: A moment has another shape.
    """
    for parameter, state in optimiser.state.items():
        for name, value in state.items():
            if value.shape != (() if name == "step" else parameter.shape):
                raise ValueError("the optimiser's state does not fit the network")


def write_checkpoint(content: Any, path: Path) -> None:
    """Write a checkpoint with its checksum; an interrupted write leaves the former one whole.

    The checksum is the comment of the zip file that torch makes, so ``torch.load`` reads it too.

    Args:
        content: What ``torch.save`` takes.
        path: The file, made or replaced; its folder is made too.

    Raises:
        TrainingError: A tensor that is not finite.
        OutputWriteError: The folder is read-only, or the disk is full.
    """
    check_finite(content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(path, error) from error
    # Written to a file, torch reports a full disk as an error of its own, and stores the name.
    with atomic(path, overwrite=True) as temporary, io.BytesIO() as stream:
        torch.save(content, stream)
        temporary.write_bytes(_sealed(stream.getvalue()))


def _sealed(data: bytes) -> bytes:
    """Return a zip file without a comment with its checksum as the comment."""
    comment = _SEAL + hashlib.sha256(data).hexdigest().encode()
    return data[:-2] + struct.pack("<H", len(comment)) + comment


def read_checkpoint(path: Path, *, sealed: bool = True) -> Any:
    """Read a checkpoint without running any code in it.

    Into the memory of the CPU: networks and optimisers copy what they load to their own device, and
    leave on the CPU what belongs there, the generator's state and Adam's counts of steps.

    Args:
        path: A file of :func:`write_checkpoint`.
        sealed: Whether one without a checksum, as earlier versions wrote them, is refused.

    Returns:
        The content.

    Raises:
        SettingsError: The file is damaged, or a tensor in it is not finite.
    """
    with damage_explained(path):
        data = path.read_bytes() if path.is_file() else b""
        comment = data[-_SEAL_LENGTH:]
        if comment.startswith(_SEAL):
            original = data[: -_SEAL_LENGTH - 2] + b"\0\0"
            if _sealed(original) != data:
                raise ValueError("its checksum differs")
        elif sealed:
            raise ValueError("no checksum: changed since, or of an earlier version")
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        if not is_finite(content):
            raise ValueError("a weight is not finite")
    return content


@contextmanager
def damage_explained(path: Path) -> Iterator[None]:
    """Turn any error of the block into one that names a damaged checkpoint and the remedy.

    Args:
        path: The checkpoint.

    Yields:
        Nothing.

    Raises:
        SettingsError: Whatever went wrong, but for interruptions.
    """
    try:
        yield
    except Exception as error:  # what is wrong decides which of many classes is raised
        reason = f" ({error})" if type(error) is ValueError else ""
        raise SettingsError(
            f"{path} is damaged; remove it to train from the start{reason}"
        ) from error
