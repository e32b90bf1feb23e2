"""Damage to bytes of any format: flips, truncation, appended bytes; and odd texts of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

Random = np.random.Generator


def flip(content: bytes, random: Random, start: int = 0, end: int | None = None) -> bytes:
    """Flip one bit, or replace a byte, at one to four places of a part of the content."""
    array = bytearray(content)
    end = len(array) if end is None else min(end, len(array))
    if end <= start:
        return content
    for place in random.integers(start, end, int(random.integers(1, 5))):
        single = 1 << int(random.integers(8))
        array[place] ^= single if random.random() < 0.7 else int(random.integers(1, 256))
    return bytes(array)


def truncate(content: bytes, random: Random) -> bytes:
    """Keep a part of the content: any, nearly all or nothing."""
    length = int(random.integers(0, max(len(content), 1)))
    options = (length, max(len(content) - int(random.integers(1, 9)), 0), 0)
    return content[: options[int(random.choice(3, p=(0.6, 0.3, 0.1)))]]


def append(content: bytes, random: Random) -> bytes:
    """Add random bytes."""
    return content + random.bytes(int(random.integers(1, 200)))


def blank(content: bytes, random: Random) -> bytes:
    """Set a block to zero, as a bad sector does."""
    start = int(random.integers(0, max(len(content), 1)))
    end = min(start + int(random.integers(16, 512)), len(content))
    return content[:start] + bytes(end - start) + content[end:]


BYTES: dict[str, Callable[[bytes, Random], bytes]] = {
    "bytes flipped": flip,
    "truncated": truncate,
    "bytes appended": append,
    "a block of zeros": blank,
}

NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 3, 2**31 - 1, 2**31, 2**63, -(2**63), 10**400, 1e308, 1e-308, -0.0, 1.0000001,
    float("nan"), float("inf"), float("-inf"), 100000,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *NUMBERS, None, True, "", "x", "NaN", "1e999", "\ud800", "\0", "../../etc/passwd", "é" * 5000,
    [], [1], [[]], [None], {}, {"x": 1}, ["a", 2, {}], "0", "-1",
)  # fmt: skip


def dump(content: object) -> bytes:
    """Write JSON, with NaN, Infinity and lone surrogates as Python writes them."""
    return json.dumps(content).encode()


def odd_value(content: Any, random: Random) -> tuple[Any, str]:
    """Replace or remove one value at any depth; return the content and the change in words."""
    places = list(_places(content))
    if not places:
        return VALUES[int(random.integers(len(VALUES)))], "replaced as a whole"
    holder, key = places[int(random.integers(len(places)))]
    if random.random() < 0.15:
        del holder[key]
        return content, f"{key!r} removed"
    holder[key] = VALUES[int(random.integers(len(VALUES)))]
    return content, f"{key!r} is {str(holder[key])[:20]!r}"


def _places(content: Any) -> Any:
    """Yield (holder, key) of every value."""
    keys = list(content) if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _places(content[key])


def _nested(text: bytes, random: Random) -> bytes:
    depth = int(random.choice((500, 5000, 100000)))
    pair = (b"[", b"]") if random.random() < 0.5 else (b'{"a":', b"}")
    inner = b"" if pair[0] == b"[" else b"1"
    return b'{"x": ' + pair[0] * depth + inner + pair[1] * depth + b"," + text.lstrip()[1:]


TEXTS: dict[str, Callable[[bytes, Random], bytes]] = {
    "a byte order mark": lambda text, _: b"\xef\xbb\xbf" + text,
    "UTF-16": lambda text, _: text.decode().encode("utf-16"),
    "not UTF-8": lambda text, _: b'{"n": "M\xfcller", ' + text.lstrip()[1:],
    "NaN": lambda text, _: b'{"n": NaN, ' + text.lstrip()[1:],
    "Infinity": lambda text, _: b'{"n": -Infinity, ' + text.lstrip()[1:],
    "1e999": lambda text, _: b'{"n": 1e999, ' + text.lstrip()[1:],
    "half a surrogate": lambda text, _: b'{"n": "\\ud800", ' + text.lstrip()[1:],
    "deep nesting": _nested,
    "a long integer": lambda text, _: b'{"n": ' + b"9" * 5000 + b", " + text.lstrip()[1:],
    "a comma at the end": lambda text, _: text.rstrip()[:-1] + b",}",
    "a comma too many": lambda text, _: text.rstrip()[:-1] + b",,}",
    "empty": lambda text, _: b"",
    "null": lambda text, _: b"null",
    "a list": lambda text, _: b"[" + text + b"]",
    "a string": lambda text, _: b'"x"',
    "zeros": lambda text, _: bytes(len(text)),
    "line ends of Windows": lambda text, _: text.replace(b"\n", b"\r\n"),
}
"""Mutations of a JSON object as text."""
HARMLESS_TEXTS = ("a byte order mark", "line ends of Windows", "a comma at the end")


def mutate_json(text: bytes, random: Random) -> tuple[bytes, str]:
    """Mutate a JSON file: as text, one of its values, or its bytes."""
    kind = random.random()
    if kind < 0.45:
        content, change = odd_value(json.loads(text), random)
        return dump(content), change
    table = TEXTS if kind < 0.85 else BYTES
    name = list(table)[int(random.integers(len(table)))]
    return table[name](text, random), name
