r"""Text that any file and any terminal can hold, whatever is in a file name.

A file name on Linux is bytes, which need not be UTF-8. Python holds a byte that is not as a lone
surrogate, which no UTF-8 file may contain. It is written as an escape: ``\xe4`` for the byte E4.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

ESCAPE = "crossres-escape"
"""Name of the handler of characters that an encoding lacks, for ``open`` and ``encode``."""

_BYTES = range(0xDC80, 0xDD00)
_SURROGATES = range(0xD800, 0xE000)
_PLAIN = {
    r"Value error, ": "",
    r"\bInput should be\b": "must be",
    r", unable to parse string as an? \w+": "",
    r"\ba valid integer\b": "a whole number",
    r"\ba valid number\b": "a number",
    r"\bgreater than or equal to\b": "at least",
    r"\bless than or equal to\b": "at most",
}
"""Patterns in the messages of pydantic, and plain words for them."""


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    r"""Return ``\xe4`` for a byte of a file name, and ``\u2192`` for any other character."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(_escaped, lacking)), error.end


def _escaped(character: str) -> str:
    code = ord(character)
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error(ESCAPE, _escape)


def escaped(text: str) -> str:
    r"""Return a text without lone surrogates, so that UTF-8 can hold it.

    A text that has some keeps every other character, except that its backslashes are doubled: the
    name of a file can be recovered from what was written.

    Args:
        text: Any text, such as a file name.

    Returns:
        The same text, or one with ``\xe4`` for the byte E4 of a file name, and with ``\ud800`` for
        any other lone surrogate.

    Example:
        >>> print(escaped("sch\udce4del.nii.gz"))
        sch\xe4del.nii.gz
        >>> escaped("schädel.nii.gz")
        'schädel.nii.gz'
    """
    if not any(ord(character) in _SURROGATES for character in text):
        return text
    return text.replace("\\", "\\\\").encode("utf-8", ESCAPE).decode("utf-8")


def problem_of(error: ValidationError) -> str:
    """Return the first entry of a file that is not possible, with the reason.

    Args:
        error: Of pydantic.

    Returns:
        Such as "factors.0: must be a number"; the reason alone for the whole file.
    """
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    text = plain_reason(str(first["msg"]))
    return f"{place}: {text}" if place else text


def plain_reason(text: str) -> str:
    """Return the reason why a value is not possible, without the terms of pydantic.

    Args:
        text: A message of pydantic, or one that contains it, as those of typer.

    Returns:
        The message in plain words.

    Example:
        >>> plain_reason("Input should be greater than or equal to 0")
        'must be at least 0'
    """
    for pattern, plain in _PLAIN.items():
        text = re.sub(pattern, plain, text)
    return text
