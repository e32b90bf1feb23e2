"""The groups of options in the help, and the class of commands that shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand, TyperGroup

FILES = "Inputs and outputs"
SELECTION = "Selection of scans"
GRID = "Target grid"
GUIDE = "Guide and registration"
NETWORKS = "Networks"
ACQUISITION = "Acquisition"
AGREEMENT = "Agreement"
REPORTS = "Reports and maps"
DEVICE = "Device and speed"
BROWSER = "Browser"
GENERAL = "General"


_WORDS = {Path: "PATH", int: "N", float: "NUMBER"}
"""How the help writes a value of a type."""
_LONGEST_RANGE = 1e6
"""Limits beyond this are there for the sake of the computer."""


class Command(TyperCommand):
    """A command whose help shows no types of Python."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters as the help shows them.

        Args:
            ctx: The context of typer.

        Returns:
            The parameters; values are choices, ranges or words, and ``--help`` is a general option.
        """
        return _shown(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands whose help shows no types of Python."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters as :meth:`Command.get_params`.

        Args:
            ctx: The context of typer.

        Returns:
            The parameters.
        """
        return _shown(super().get_params(ctx))


def paragraphs(text: str) -> str:
    r"""Return the paragraphs of a docstring, each on one line, which the help wraps itself.

    Args:
        text: The docstring.

    Returns:
        The paragraphs, with empty lines between them.

    Example:
        >>> paragraphs("Make it.\n\n    And write\n    it.")
        'Make it.\n\nAnd write it.'
    """
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _shown(parameters: list[Any]) -> list[Any]:
    for each in parameters:
        text = _value_text(each)
        if each.param_type_name == "argument":  # its name is its description
            each.display_type_rich = lambda ctx, text=text: text
        elif each.metavar is None:
            each.metavar = text
        each._get_number_range_help_str = lambda: None
        if "--help" in each.opts:
            each.rich_help_panel = GENERAL
    return parameters


def _value_text(parameter: Any) -> str:
    """Return how the help writes a value: choices, a short range, or a word, but no type."""
    kind, argument = parameter.type_descriptor.annotation, parameter.param_type_name == "argument"
    if get_origin(kind) is Literal:
        return "|".join(str(choice) for choice in get_args(kind))
    if argument or getattr(parameter, "is_flag", False):
        return ""
    if parameter.max is not None and parameter.max < _LONGEST_RANGE:
        return f"{parameter.min}-{parameter.max}"
    return _WORDS.get(kind, "TEXT")
