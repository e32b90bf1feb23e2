"""The outcome of a case."""

from __future__ import annotations

import traceback
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crossres.types import CrossresError, is_out_of_memory


@dataclass(frozen=True)
class Outcome:
    """The outcome of a case.

    Args:
        name: Name of the case.
        state: "made" now, "kept" from an earlier run, or "failed".
        reason: Reason of a failure, in one line.
        trace: Traceback, where the failure is a defect of crossres.
        warnings: Of a case that was made, one sentence each.
    """

    name: str
    state: Literal["made", "kept", "failed"]
    reason: str = ""
    trace: str = ""
    warnings: tuple[str, ...] = ()

    @classmethod
    def failed(cls, name: str, error: BaseException) -> Outcome:
        """Return the outcome of a case that raised an error.

        Args:
            name: Name of the case.
            error: The error.

        Returns:
            A failure; it holds the traceback unless the user can correct the error.
        """
        if isinstance(error, CrossresError):
            return cls(name, "failed", _line(str(error)))
        if is_out_of_memory(error):
            return cls(name, "failed", "out of memory; give fewer `workers` or a smaller `batch`")
        if isinstance(error, OSError):
            reason = _line(error.strerror or str(error))
            return cls(name, "failed", f"{error.filename or 'a file'}: {reason}; check the path")
        trace = "".join(traceback.format_exception(error))
        reason = f"{type(error).__name__}: {_line(str(error))}; a defect of crossres, report it"
        return cls(name, "failed", reason, trace)

    @classmethod
    def killed(cls, name: str) -> Outcome:
        """Return the outcome of a case whose process was killed at each attempt.

        Args:
            name: Name of the case.

        Returns:
            A failure.
        """
        return cls(
            name,
            "failed",
            "its process was killed at each attempt; give fewer `workers` if memory was short, "
            "then run again",
        )


Outcomes: TypeAlias = Generator[Outcome, None, None]
"""Outcomes of cases, as they end; to be closed where it is not exhausted."""


def _line(text: str) -> str:
    return " ".join(text.split())
