"""The groups of options in the help, and the class of commands that shows them."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

FILES = "Inputs and outputs"
GRID = "Target grid"
GUIDE = "Guide and registration"
NETWORKS = "Networks"
ACQUISITION = "Acquisition"
AGREEMENT = "Agreement"
REPORTS = "Reports and maps"
DEVICE = "Device and speed"
GENERAL = "General"


class Command(TyperCommand):
    """A command whose help shows no type of switches."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters as the help shows them.

        Args:
            ctx: The context of typer.

        Returns:
            The parameters; switches have an empty type, and ``--help`` is a general option.
        """
        return _shown(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands whose help shows no type of switches."""

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
        if getattr(each, "is_flag", False) and each.metavar is None:
            each.metavar = ""
        if "--help" in each.opts:
            each.rich_help_panel = GENERAL
    return parameters
