"""Mutations of a training in progress: checkpoints, and the record of what is trained on what."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file

from crossres.training.checkpoint import _sealed
from fuzz import damage
from fuzz.case import Bench, Case, Command, Meaning
from fuzz.templates import train_words

_NAME = "my.safetensors"


def _tensors(content: Any) -> list[torch.Tensor]:
    """Return all tensors of a checkpoint."""
    if isinstance(content, torch.Tensor):
        return [content]
    values = content.values() if isinstance(content, dict) else content
    nested = isinstance(content, dict | list | tuple)
    return [tensor for value in values for tensor in _tensors(value)] if nested else []


def _store(bench: Bench, content: Any, path: Path) -> Meaning:
    """Write a checkpoint, in half of the cases with a checksum that fits what was changed."""
    stream = io.BytesIO()
    torch.save(content, stream)
    if bench.random.random() < 0.5:
        path.write_bytes(stream.getvalue())
        return Meaning.SAME
    path.write_bytes(_sealed(stream.getvalue()))
    return Meaning.EITHER


def _weights(bench: Bench, path: Path) -> tuple[str, Meaning]:
    """Set a number of a tensor to NaN, infinity or another."""
    content = torch.load(path, weights_only=True)
    part = bench.choose(("network", "averaged", "optimiser"))
    floats = [each for each in _tensors(content[part]) if each.is_floating_point()]
    tensor = bench.choose([each for each in floats if each.is_contiguous()]).view(-1)
    value = bench.choose((float("nan"), float("inf"), 1e30, 3.0))
    tensor[int(bench.random.integers(tensor.numel()))] = value
    return f"{part}: {value}", _store(bench, content, path)


def _entry(bench: Bench, path: Path) -> tuple[str, Meaning]:
    """Remove an entry, or replace it by a value of another type."""
    content = torch.load(path, weights_only=True)
    holder = bench.choose((content, content["state"]))
    name = bench.choose(holder)
    if bench.random.random() < 0.4:
        del holder[name]
        change = "removed"
    else:
        holder[name] = bench.choose([value for value in damage.VALUES if value != "\ud800"])
        change = str(holder[name])[:20]
    return f"{name}: {change}", _store(bench, content, path)


def _shape(bench: Bench, path: Path) -> tuple[str, Meaning]:
    content = torch.load(path, weights_only=True)
    part = content[bench.choose(("network", "averaged"))]
    name = bench.choose(part)
    part[name] = torch.zeros(bench.choose(((0,), (1,), (5, 5), (4, 4, 3, 3))))
    return f"{name} of another shape", _store(bench, content, path)


def _other(bench: Bench, path: Path) -> tuple[str, Meaning]:
    """Replace the file by something that is no checkpoint."""
    kind = bench.choose(("a list", "a zip", "a folder", "a pickle of code", "nothing"))
    if kind == "a folder":
        path.unlink()
        path.mkdir()
    elif kind == "a list":
        torch.save([1, 2], path)
    elif kind == "a zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("x", "y")
        path.write_bytes(stream.getvalue())
    else:
        code = b"cposix\nsystem\n(S'touch EXECUTED'\ntR."
        path.write_bytes(code if kind == "a pickle of code" else b"")
    return kind, Meaning.SAME


def _bytes(bench: Bench, path: Path) -> tuple[str, Meaning]:
    name = bench.choose(damage.BYTES)
    path.write_bytes(damage.BYTES[name](path.read_bytes(), bench.random))
    return name, Meaning.SAME


def _record(bench: Bench, path: Path) -> tuple[str, Meaning]:
    """Mutate training.json."""
    record = path.parent / "training.json"
    content, change = damage.mutate_json(record.read_bytes(), bench.random)
    record.write_bytes(content)
    return f"training.json: {change}", Meaning.SAME


def _no_record(bench: Bench, path: Path) -> tuple[str, Meaning]:
    (path.parent / "training.json").unlink()
    return "training.json missing", Meaning.SAME


_MUTATIONS = (_weights, _weights, _entry, _entry, _shape, _other, _bytes, _bytes, _bytes, _record,
              _record, _no_record)  # fmt: skip


def make(bench: Bench) -> Case:
    """Make a case of one mutated checkpoint or record, resumed by the command that made it."""
    trained = bench.templates / "trained"
    shutil.copytree(trained / "work", bench.outputs / "work")
    checkpoints = sorted(
        path
        for path in (bench.outputs / "work").rglob("*")
        if path.suffix in (".pt", ".ckpt", ".pth")
    )
    change, meaning = bench.choose(_MUTATIONS)(bench, bench.choose(checkpoints))
    expected = load_file(trained / _NAME)

    def same(outputs: Path) -> str:
        if (outputs / "EXECUTED").exists():
            return "code of a checkpoint was run"
        found = load_file(outputs / _NAME)
        if not all(np.isfinite(value).all() for value in found.values()):
            return "weights that are not finite"
        return differ(expected, found) if meaning is Meaning.SAME else ""

    words = train_words(bench.templates / "scans")
    command = Command(words, checks=(same,), may_leave=("out/work/*",))
    return Case((change,), meaning, (command,))


def differ(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """Return whether weights differ, in words; "" if they do not."""
    if expected.keys() != found.keys():
        return "other tensors"
    worst = max(float(np.abs(expected[name] - found[name]).max()) for name in expected)
    return "" if worst < 1e-6 else f"weights differ by {worst:.3g}"
