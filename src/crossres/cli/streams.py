"""Standard streams that are closed, or whose reader has ended, do not end the work."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


def prepare_streams() -> None:
    """Open closed standard streams on nothing, and discard output that nobody reads any more.

    Without this, ``crossres ... >&-`` fails at its first line of output, or a library prints into
    an output file that has the number of the closed stream; and ``crossres ... | head`` ends the
    work when ``head`` ends.
    """
    for number in range(3):
        _open_if_closed(number)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = _patient(1, sys.stdout)
    sys.stderr = _patient(2, sys.stderr)


def checked_output(code: int) -> int:
    """Report output that could not be written, as on a full disk.

    Args:
        code: The exit code of the work.

    Returns:
        The exit code; 2 instead of 0 where a part of stdout is lost.
    """
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, _PatientFile) else None
    if failure is None:
        return code
    sys.stderr.write(f"crossres: error: cannot write to stdout: {failure.strerror}\n")
    return code or 2


class _PatientFile(io.FileIO):
    """A file descriptor that takes and discards what is written after its reader has ended.

    After any other error too, which it keeps.
    """

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            pass
        except OSError as error:
            self.failure = error
        _discard(self.fileno())
        return memoryview(data).nbytes


def _open_if_closed(number: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        _discard(number)


def _discard(number: int) -> None:
    """Connect a descriptor to nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)


def _patient(number: int, stream: TextIO | None) -> TextIO:
    """Return a stream like this one, or of UTF-8 if there is none, on a patient file."""
    raw = io.BufferedWriter(_PatientFile(number, "w", closefd=False))
    return io.TextIOWrapper(
        raw,
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors=getattr(stream, "errors", None) or "backslashreplace",
        line_buffering=number == 2 or raw.isatty(),
    )
