"""The page of all verbs and options, as reStructuredText, from the command line itself."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from crossres.cli import app

_SPECIAL = re.compile(r"([\\*`|_])")


def page() -> str:
    """Return the text of the page."""
    intro = "The output of ``crossres VERB --help``, for every verb. Examples and outputs: see the"
    lines = ["All options", "===========", "", f"{intro} page on the command line.", ""]
    for words, command in _commands(typer.main.get_command(app), "crossres"):
        lines += [words, "-" * len(words), "", _plain(_summary(command)), "", *_table(command)]
    return "\n".join(lines)


def _commands(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def _summary(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _table(command: Any) -> list[str]:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    if not shown:
        return ["No options.", ""]
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 30 15 55", ""]
    lines += ["   * - option", "     - default", "     - meaning"]
    for parameter in shown:
        lines += [
            f"   * - ``{_names(parameter)}``",
            f"     - {_default(parameter)}",
            f"     - {_plain(getattr(parameter, 'help', None) or '')}",
        ]
    return [*lines, ""]


def _names(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or value is False or callable(value):
        return ""
    return f"``{getattr(value, 'value', value)}``"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
