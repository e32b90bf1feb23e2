"""Messages of the command line on stderr: one line per error or warning, and progress."""

from __future__ import annotations

import logging
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from io import TextIOWrapper
from typing import TYPE_CHECKING, NamedTuple

import typer

from crossres.files.text import ESCAPE, escaped, plain_reason
from crossres.inference.settings import EnhanceSettings

if TYPE_CHECKING:
    from crossres.types import Progress

LOGGER = logging.getLogger("crossres.cli")
"""Where the messages of the command line are logged."""
PRINTED = "printed"
"""Attribute of the records of messages that are printed in any case."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_SECONDS_BETWEEN_LINES = 30.0
_OPTIONS = {
    "filters": "--filter",
    "guide_filters": "--guide-filter",
    **{
        f"{each.name}={value}": f"{without}--{each.metadata['name']}"
        for each in fields(EnhanceSettings)
        if each.metadata["name"]
        for value, without in (("False", ""), ("True", "without "))
    },
}
"""Options whose names differ from those of their parameters; switches that are on by default."""


class Failure(NamedTuple):
    """A line for the user and the exit code of the process."""

    text: str
    code: int


def accept_any_text() -> None:
    """Let stdout and stderr take any text: what their encoding lacks is printed as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=ESCAPE)


def print_line(text: str, *, level: int | None = logging.INFO) -> None:
    """Print one line on stderr, whatever line breaks and control characters the text holds.

    Args:
        text: The line, without the name of the program.
        level: Level at which it is logged too, of which the line itself does not repeat the name;
            None for what is in the log already.
    """
    line = one_line(text)
    # typer.echo would write UTF-8 to a terminal of ASCII.
    print(f"crossres: {line}", file=sys.stderr, flush=True)
    if level is not None:
        log_printed(line, level=level)


def log_printed(text: str, *, level: int = logging.INFO, traceback: bool = False) -> None:
    """Log what is printed anyway: it goes to a log file, and not to a terminal once more.

    Args:
        text: The message; the name of its level at its begin is left out.
        level: Its level.
        traceback: Whether the error that is being handled follows.
    """
    line = one_line(text).removeprefix(f"{logging.getLevelName(level).lower()}: ")
    LOGGER.log(level, "%s", line, exc_info=traceback, extra={PRINTED: True})


def one_line(text: str) -> str:
    r"""Return a text as one line in which no character controls the terminal.

    Args:
        text: Any text, such as one with a file name in it.

    Returns:
        The text with single spaces, and with escapes such as ``\x1b`` for control characters and
        for bytes of file names that are not UTF-8.

    Example:
        >>> one_line("a\n b")
        'a b'
    """
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", " ".join(escaped(text).split()))


def with_options(text: str) -> str:
    """Replace parameters of the library by options of the command line.

    Args:
        text: A message; the parameters in it stand in backticks, alone or with a value
            (``start=centres``).

    Returns:
        The message with options, such as ``--overwrite``.

    Example:
        >>> with_options("T2.nii.gz exists; set `overwrite` to replace it")
        'T2.nii.gz exists; set --overwrite to replace it'
    """
    return re.sub(r"`([a-z_]+(=\w+)?)`", lambda found: _option(found[1]), text)


def _option(parameter: str) -> str:
    name, _, value = parameter.partition("=")
    return _OPTIONS.get(parameter, f"--{name.replace('_', '-')} {value}".rstrip())


def failure_of(error: BaseException) -> Failure | None:
    """Return the line and the exit code for an error that a user can correct; None for a bug.

    Args:
        error: Any error.

    Returns:
        The failure, or None.
    """
    # Ctrl-C may have come in the middle of an import, after which another one can fail.
    if isinstance(error, KeyboardInterrupt):
        number = getattr(error, "number", signal.SIGINT)
        return Failure(str(error) or "interrupted; no output is half-written", 128 + number)
    from crossres.types import CrossresError, is_out_of_memory

    if isinstance(error, _UsageError):
        return Failure(f"error: {_usage(error)}", 2)
    if isinstance(error, CrossresError):
        return Failure(f"error: {with_options(str(error))}", 2)
    if is_out_of_memory(error):
        return Failure("error: out of memory; give a smaller --batch or a smaller factor", 2)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return Failure(f"error: {error.filename or 'a file'}: {reason}; check path and space", 2)
    return None


def _usage(error: Exception) -> str:
    """Return the message for a wrong command line, with the command that prints the help."""
    context = getattr(error, "ctx", None)
    where = "crossres" if context is None else context.command_path
    text = plain_reason(getattr(error, "format_message", error.__str__)())
    return f"{text.rstrip('.') or 'a command is missing'}; see `{where} --help`"


@contextmanager
def one_line_warnings() -> Iterator[None]:
    """Show warnings for the user as one line each.

    Yields:
        Nothing; warnings are shown so inside the block.
    """
    with warnings.catch_warnings():
        show_default = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: object) -> None:
            from crossres.types import CrossresWarning

            if issubclass(category, CrossresWarning):
                print_line(f"warning: {with_options(str(message))}", level=logging.WARNING)
            else:
                show_default(message, category, *rest)  # type: ignore[arg-type]

        warnings.showwarning = show  # type: ignore[assignment]
        warnings.filterwarnings("always", module=r"crossres\b")
        if not sys.warnoptions:
            # An overflow is for developers; what it leads to is checked, and reported in one line.
            warnings.filterwarnings("ignore", category=RuntimeWarning)
        yield


def warn(texts: list[str]) -> None:
    """Warn the user.

    Args:
        texts: One sentence each.
    """
    from crossres.types import CrossresWarning

    for text in texts:
        warnings.warn(text, CrossresWarning, stacklevel=1)


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Show progress: a bar on a terminal, else a line every half minute.

    Args:
        label: Name of the step, such as "writing".
        quiet: Whether nothing is shown.

    Yields:
        The function to call with (steps done, total steps).
    """
    if quiet:
        yield lambda done, steps: None
    elif sys.stderr.isatty():
        with _bar(label) as update:
            yield update
    else:
        yield Lines(label)


class Lines:
    """Progress as a line every half minute, for output to a file.

    Args:
        label: Name of the step.
        clock: Returns seconds.
    """

    def __init__(self, label: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.label, self.clock = label, clock
        self.start = self.last = clock()
        self.first: int | None = None
        self.done = 0

    def __call__(self, done: int, steps: int) -> None:
        """Print the number of steps done and the estimated time for the rest."""
        now = self.clock()
        if self.first is None or done < self.done:
            self.first, self.start = done, now
        self.done = done
        if now - self.last >= _SECONDS_BETWEEN_LINES and done > self.first:
            rest = (now - self.start) / (done - self.first) * (steps - done)
            print_line(f"{self.label}: {done} of {steps}, about {rest:.0f} s to go")
            self.last = now


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    """Show a bar with the remaining time; it disappears at the end."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, steps: bar.update(task, completed=done, total=steps)
