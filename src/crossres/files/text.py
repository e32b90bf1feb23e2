r"""Text that any file and any terminal can hold, whatever is in a file name.

A file name on Linux is bytes, which need not be UTF-8. Python holds a byte that is not as a lone
surrogate, which no UTF-8 file may contain. It is written as an escape: ``\xe4`` for the byte E4.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

ESCAPE = "crossres-escape"
"""Name of the handler of characters that an encoding lacks, for ``open`` and ``encode``."""

_BYTES = range(0xDC80, 0xDD00)
_SURROGATES = range(0xD800, 0xE000)


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
        Such as "factors.0: Input should be a valid number"; the reason alone for the whole file.
    """
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    text = str(first["msg"]).removeprefix("Value error, ")
    return f"{place}: {text}" if place else text
