"""The log of a command: on stderr with --verbose, and in a file with --log-file."""

from __future__ import annotations

import inspect
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from crossres.cli.messages import LOGGER, PRINTED, failure_of, log_printed, one_line, print_line
from crossres.cli.panels import GENERAL
from crossres.files.text import ESCAPE

Command = Callable[..., None]

Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        rich_help_panel=GENERAL,
        help="Print steps, times, weights and thresholds.",
    ),
]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log-file",
        metavar="FILE",
        rich_help_panel=GENERAL,
        help="Append all messages to this file, with the time of each.",
    ),
]
_ROOT = logging.getLogger("crossres")
_ROOT.addHandler(logging.NullHandler())
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIRST_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_TIME = "%Y-%m-%dT%H:%M:%S%z"


def logged(command: Command) -> Command:
    """Add ``--verbose`` and ``--log-file`` to a command.

    Args:
        command: Any command.

    Returns:
        The command with two more options, which it does not receive.
    """

    @wraps(command)
    def observed(*, context: Any, verbose: bool, log_file: Path | None, **given: Any) -> None:
        with log_to(log_file, verbose=verbose, words=context.find_root().obj):
            command(**given)

    own = inspect.signature(command, eval_str=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        *own.parameters.values(),
        inspect.Parameter("context", kind, annotation=typer.Context),
        inspect.Parameter("verbose", kind, default=False, annotation=Verbose),
        inspect.Parameter("log_file", kind, default=None, annotation=LogFile),
    ]
    observed.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    observed.__annotations__ = {each.name: each.annotation for each in parameters}
    return observed


@contextmanager
def log_to(
    file: Path | None, *, verbose: bool = False, words: Sequence[str] | None = None
) -> Iterator[None]:
    """Write the records of the loggers ``crossres.*`` while a command runs.

    Args:
        file: File to which all records are appended, with their time; None for no file.
        verbose: Whether records go to stderr too, one line each.
        words: Words after ``crossres``, for the first record; those of the process by default.

    Yields:
        Nothing.

    Raises:
        FileFormatError: The file exists and is no log.
        OutputWriteError: Its folder does not exist.
        OSError: The file cannot be opened.
    """
    handlers = ([_Lines()] if verbose else []) + ([] if file is None else [_file_handler(file)])
    level = _ROOT.level
    for handler in handlers:
        _ROOT.addHandler(handler)
        _ROOT.setLevel(logging.INFO)
    try:
        with _recorded(sys.argv[1:] if words is None else words):
            yield
    finally:
        _ROOT.setLevel(level)
        for handler in handlers:
            _ROOT.removeHandler(handler)
            handler.close()


@contextmanager
def _recorded(words: Sequence[str]) -> Iterator[None]:
    """Record command line, duration, and the failure that ends the command."""
    start = time.perf_counter()
    LOGGER.info("%s", one_line(" ".join(["crossres", *words])))
    try:
        yield
    except typer.Exit:
        raise
    except BaseException as error:
        failure = failure_of(error)
        text = "a defect of crossres" if failure is None else failure.text
        log_printed(text, level=logging.ERROR, traceback=failure is None)
        raise
    finally:
        LOGGER.info("ended after %.1f s", time.perf_counter() - start)


class _Lines(logging.Handler):
    """Records as lines on stderr, except for those that were printed there already."""

    def emit(self, record: logging.LogRecord) -> None:
        if not hasattr(record, PRINTED):
            print_line(record.getMessage(), level=None)


def _file_handler(path: Path) -> logging.Handler:
    """Open a log; another file of that name, such as a scan, must not be appended to."""
    from crossres.types import FileFormatError, OutputWriteError

    if not path.parent.is_dir():
        raise OutputWriteError(
            f"cannot write the log {path}: the folder {path.parent} does not exist; make it, or "
            "give `log_file` another name"
        )
    if path.exists() and path.is_file() and path.stat().st_size:
        with path.open("rb") as stream:
            first = stream.read(19).decode("ascii", "replace")
        if not _FIRST_LINE.fullmatch(first):
            raise FileFormatError(f"{path} is no log of crossres; give `log_file` another name")
    handler = logging.FileHandler(path, encoding="utf-8", errors=ESCAPE)
    handler.setFormatter(logging.Formatter(_LINE, _TIME))
    return handler
