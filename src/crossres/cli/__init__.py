"""The command line. Commands import the library when they run, so that the help is fast."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

from crossres.cli import (
    cohort,
    degrade,
    demo,
    enhance,
    evaluate,
    info,
    register,
    reproduce,
    train,
    view,
    weights,
)
from crossres.cli.log import logged
from crossres.cli.messages import (
    Failure,
    accept_any_text,
    failure_of,
    one_line_warnings,
    print_line,
)
from crossres.cli.options import examples
from crossres.cli.panels import Command, Group, paragraphs
from crossres.cli.several_words import SeveralWordsCommand
from crossres.cli.signals import terminable
from crossres.cli.version import Version

app = typer.Typer(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog=examples(
        "crossres enhance T2.nii.gz --guide T1.nii.gz --factor 4,4,1 -o SR.nii.gz",
        "crossres enhance --help",
    ),
)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("enhance", epilog=enhance.EXAMPLES)(enhance.enhance)
app.command("cohort", epilog=cohort.EXAMPLES)(cohort.cohort)
app.command("view", epilog=view.EXAMPLES)(view.view)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("degrade", epilog=degrade.EXAMPLES)(degrade.degrade)
app.command("register", epilog=register.EXAMPLES)(register.register)
app.command("info", epilog=info.EXAMPLES)(info.info)
app.command("reproduce", epilog=reproduce.EXAMPLES)(reproduce.reproduce)
app.add_typer(weights.app, name="weights")
for _command in [*app.registered_commands, *weights.app.registered_commands]:
    assert _command.callback is not None  # each was registered with a function
    _command.help = paragraphs(_command.callback.__doc__ or "")
    _command.cls = SeveralWordsCommand if _command.callback is cohort.cohort else Command
    _command.callback = logged(_command.callback)

_COMPLETION = "_CROSSRES_COMPLETE"
"""Variable of the environment by which the shell requires completions."""


@app.callback()
def crossres(version: Version = False) -> None:
    """Enhance a low-resolution MRI contrast with a high-resolution one of the same subject."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after ``crossres``; those of the process by default.

    Returns:
        The exit code: 0; 1 if cases of ``cohort`` or of ``enhance --table`` failed; 2 for any other
        error that the user can correct, reported in one line; 128 and the number of the signal for
        Ctrl-C (130) and for termination (143, 129).
    """
    accept_any_text()
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        with terminable(), one_line_warnings():
            command = typer.main.get_command(app)
            _complete(command)
            with command.make_context("crossres", words, obj=tuple(words)) as context:
                command.invoke(context)
            return 0
    except typer.Exit as leave:
        return leave.exit_code
    except SystemExit as leave:  # of completion
        return int(leave.code or 0)
    except (Exception, KeyboardInterrupt) as error:
        failure: Failure | None = failure_of(error)
        if failure is None:
            raise
        print_line(failure.text)
        return failure.code


def _complete(command: Any) -> None:
    """Answer a shell that requires the completion of a line, and exit.

    The entry point of typer does this, which :func:`main` does not use.
    """
    if (instruction := os.environ.get(_COMPLETION)) is not None:
        from typer.completion import shell_complete

        sys.exit(shell_complete(command, {}, "crossres", _COMPLETION, instruction))
