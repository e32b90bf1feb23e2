"""Mutations of weights: the header of safetensors, the card in it, and the tensors."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fuzz import damage
from fuzz.case import Bench, Case, Command, Meaning
from fuzz.scenes import head

Parts = tuple[dict[str, Any], bytes]
"""Header and tensors of a file."""
_CARD = "crossres-card"
_IDLE = ("description", "acquisition", "data", "licence", "commit", "seed", "results", "commands")
_SETTINGS = ("blocks", "layers", "width", "norm", "guided", "depth", "growth", "kernel")


def split(content: bytes) -> Parts:
    """Return header and tensors of a file."""
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def join(header: dict[str, Any], tensors: bytes, length: int | None = None) -> bytes:
    """Return the bytes of a file."""
    text = damage.dump(header)
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text) if length is None else length) + text + tensors


def _with_card(parts: Parts, card: bytes) -> bytes:
    header, tensors = parts
    header["__metadata__"][_CARD] = card.decode("latin-1")
    return join(header, tensors)


def _card(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    text, change = damage.mutate_json(parts[0]["__metadata__"][_CARD].encode(), bench.random)
    return _with_card(parts, text), f"card: {change}", Meaning.EITHER


def _field(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    """Set one field of the card to a number or a value of another type."""
    card = json.loads(parts[0]["__metadata__"][_CARD])
    name = bench.choose(card)
    value = bench.choose(damage.VALUES)
    card[name] = value
    return _with_card(parts, damage.dump(card)), f"{name} = {str(value)[:20]!r}", Meaning.EITHER


def _idle(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    """Change a field that is only shown."""
    card = json.loads(parts[0]["__metadata__"][_CARD])
    card["description"] = bench.choose(("x" * 20000, "a\nb\x1b[31m", "é\U0001f9e0", "[bold]", "{}"))
    card["results"] = {"PSNR": bench.choose(("1", "[/]", "`x`"))}
    return _with_card(parts, damage.dump(card)), "texts of the card", Meaning.HARMLESS


def _size(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    """State a network, a cascade or a range of another size."""
    card = json.loads(parts[0]["__metadata__"][_CARD])
    draw = bench.random.random()
    if draw < 0.5:
        name, value = (
            bench.choose(_SETTINGS),
            bench.choose((*damage.NUMBERS[:6], 10**5, 10**9, 2, True, "x")),
        )
        card["network_settings"][name] = value
        known = name in ("blocks", "layers", "width") and value != 1
        meaning = Meaning.LOUD if known else Meaning.EITHER
        return _with_card(parts, damage.dump(card)), f"{name} = {str(value)[:20]}", meaning
    name = bench.choose(
        ("stage_factor", "networks", "axes", "deblur_noise", "factors", "spacing_mm")
    )
    value = bench.choose((0, 1, 1.0000001, -2, 1e-9, 1e9, 10**9, float("nan"), float("inf")))
    card[name] = [value, value] if name in ("factors", "spacing_mm") else value
    return _with_card(parts, damage.dump(card)), f"{name} = {value}", Meaning.EITHER


def _projection(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    card = json.loads(parts[0]["__metadata__"][_CARD])
    name = bench.choose(("kind", "steps", "iterations", "between", "noise", "rate", "x"))
    value = bench.choose(("exact", "iterative", "", 10**9, -1, 0, float("nan"), True, "x"))
    card["back_projection"][name] = value
    return _with_card(parts, damage.dump(card)), f"back_projection {name} = {value}", Meaning.EITHER


def _header(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    """Mutate the header of the file: names, types, shapes and places of tensors."""
    header, tensors = parts
    name = bench.choose([name for name in header if name != "__metadata__"])
    entry = header[name]
    options: dict[str, Callable[[], object]] = {
        "shape": lambda: entry.update(
            shape=bench.choose(([0], [2**40], [-1], [], [1] * 99, [4, 2]))
        ),
        "dtype": lambda: entry.update(
            dtype=bench.choose(("F64", "F16", "I8", "X", 3, "BF16", "BOOL"))
        ),
        "data_offsets": lambda: entry.update(
            data_offsets=bench.choose(([0, 2**62], [5, 2], [-1, 4], [0], [0, 4], "x"))
        ),
        "removed": lambda: header.pop(name),
        "renamed": lambda: header.update({name + "x": header.pop(name)}),
        "added": lambda: header.update({"9.x": dict(entry)}),
        "metadata": lambda: header.update(__metadata__=bench.choose(({}, [], None, {"x": 1}))),
    }
    change = bench.choose(options)
    options[change]()
    return (
        join(header, tensors),
        f"{name}: {change}",
        Meaning.LOUD if change != "dtype" else Meaning.EITHER,
    )


def _length(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    value = int(bench.choose((0, 1, 7, 2**31, 2**63, 2**64 - 1, 100_000_001)))
    return join(*parts, length=value), f"header of {value} bytes stated", Meaning.LOUD


def _tensors(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    """Set one weight, or all, to a number that no training gives."""
    header, tensors = parts
    values = np.frombuffer(tensors, "<f4").copy()
    value = bench.choose((np.nan, np.inf, -np.inf, 1e38, 0.0))
    place = slice(None) if bench.random.random() < 0.3 else int(bench.random.integers(values.size))
    values[place] = value
    meaning = Meaning.EITHER if np.isfinite(value) else Meaning.LOUD
    return join(header, values.tobytes()), f"weights {place} = {value}", meaning


def _bytes(bench: Bench, parts: Parts) -> tuple[bytes, str, Meaning]:
    name = bench.choose(damage.BYTES)
    loud = name in ("truncated", "bytes appended")
    content = damage.BYTES[name](join(*parts), bench.random)
    return content, name, Meaning.LOUD if loud else Meaning.EITHER


_MUTATIONS = (_card, _field, _field, _idle, _size, _size, _projection, _header, _header, _length,
              _tensors, _bytes, _bytes)  # fmt: skip


def make(bench: Bench) -> Case:
    """Make a case of one mutated file of weights."""
    guided = bench.random.random() < 0.4
    source = bench.templates / ("tiny.safetensors" if guided else "unguided.safetensors")
    content, change, meaning = bench.choose(_MUTATIONS)(bench, split(source.read_bytes()))
    path = bench.inputs / "my.safetensors"
    path.write_bytes(content)
    return Case((change,), meaning, _commands(bench, path, guided=guided))


def _commands(bench: Bench, path: Path, *, guided: bool) -> tuple[Command, ...]:
    pair = ("--guide", str(bench.templates / "t1.nii.gz"), "--no-register") if guided else ()
    words = ("enhance", str(bench.templates / "t2.nii.gz"), *pair, "--weights", str(path))
    options = ("--factor", "2", "-o", "sr.nii.gz", "-q", "--device", "cpu")
    enhance = Command((*words, *options), "sr.nii.gz", truth=head())
    return (Command(("weights", "show", str(path)), lists=True), enhance)
