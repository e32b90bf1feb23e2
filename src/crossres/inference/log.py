"""The log of a run: each warning once, and the seconds of each step."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from warnings import warn

from crossres.types import CrossresWarning

_LOGGER = logging.getLogger("crossres.inference")


class RunLog:
    """Warnings and timings of one run, in the order in which they came.

    Args:
        prefix: Begin of each warning, such as the name of one of several scans.

    Example:
        >>> log = RunLog()
        >>> log.lap("reading")
        >>> sorted(log.seconds)
        ['reading', 'total']
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.warnings: list[str] = []
        self.seconds: dict[str, float] = {"total": 0.0}
        self._start = self._last = time.perf_counter()

    def warn(self, texts: Iterable[str]) -> None:
        """Warn of what has not been warned of before.

        Args:
            texts: One sentence each.
        """
        for text in dict.fromkeys(self._prefix + text for text in texts):
            if text not in self.warnings:
                warn(text, CrossresWarning, stacklevel=1)
                self.warnings.append(text)

    def lap(self, step: str, part: str = "") -> None:
        """Add the seconds since the last call to a step, which may have several parts.

        Args:
            step: Name of the step that ends now, or of which a part ends.
            part: Words that distinguish the part, such as "in the plane".
        """
        now = time.perf_counter()
        name = f"{step.replace('self_', 'self-').replace('_', ' ')} {part}".rstrip()
        _LOGGER.info("%s%s: %.2f s", self._prefix, name, now - self._last)
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._last
        self.seconds["total"] = now - self._start
        self._last = now

    def keep(self, other: RunLog) -> None:
        """Add the warnings of a part of the run; they were raised when they were logged.

        Args:
            other: The log of the part. This log itself changes nothing.
        """
        self.warnings += [text for text in other.warnings if text not in self.warnings]
