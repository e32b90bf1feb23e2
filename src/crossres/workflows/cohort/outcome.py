"""What became of a case."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crossres.types import CrossresError


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Args:
        name: The case's.
        state: Made now, kept from an earlier run, or failed.
        reason: Why it failed, in one line.
        trace: Where, if that is a defect of crossres.
    """

    name: str
    state: Literal["made", "kept", "failed"]
    reason: str = ""
    trace: str = ""

    @classmethod
    def failed(cls, name: str, error: BaseException) -> Outcome:
        """Tell what went wrong with a case: in a line, and with a traceback where it is ours."""
        if isinstance(error, CrossresError):
            return cls(name, "failed", _line(str(error)))
        # torch has its own error for a full GPU.
        if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
            return cls(name, "failed", "out of memory; give fewer --workers or a smaller --batch")
        if isinstance(error, OSError):
            reason = _line(error.strerror or str(error))
            return cls(name, "failed", f"{error.filename or 'a file'}: {reason}; check the path")
        trace = "".join(traceback.format_exception(error))
        reason = f"{type(error).__name__}: {_line(str(error))}; a defect of crossres, report it"
        return cls(name, "failed", reason, trace)

    @classmethod
    def killed(cls, name: str) -> Outcome:
        """Tell that a case's process was ended from outside, every time the case was tried."""
        return cls(
            name,
            "failed",
            "its process was killed again and again; give fewer --workers if memory was short, "
            "then run again",
        )


Outcomes: TypeAlias = Generator[Outcome, None, None]
"""What became of cases, as they end; to be closed where it is not used up."""


def _line(text: str) -> str:
    return " ".join(text.split())
