"""Options that take several words each, as the command line of BIDS Apps has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crossres.cli.panels import Command


class SeveralWordsCommand(Command):
    """A command whose repeatable options take all words up to the next option.

    Options of ``KEY=LABEL`` take further words with ``=`` only.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words of a command line.

        Args:
            ctx: Context of the command.
            args: The words.

        Returns:
            Words that are left.
        """
        several = {
            name: "=" in (parameter.metavar or "")
            for parameter in self.params
            if getattr(parameter, "multiple", False)
            for name in parameter.opts
        }
        return super().parse_args(ctx, repeated(args, several))


def repeated(words: Sequence[str], several: Mapping[str, bool]) -> list[str]:
    """Repeat options before each of their words.

    Early BIDS Apps write ``--participant_label``: in these names ``_`` counts as ``-``.

    Args:
        words: Words of a command line.
        several: Names of the options that take several words, with hyphens, and whether each of
            these words is a pair with ``=``, so that another word ends them.

    Returns:
        The words as options that may be repeated take them.

    Example:
        >>> repeated(["out", "--session_label", "1", "2", "--quiet"], {"--session-label": False})
        ['out', '--session-label', '1', '--session-label', '2', '--quiet']
    """
    found: list[str] = []
    option = None
    for word in words:
        if word.startswith("-"):
            hyphenated = word.replace("_", "-")
            option = hyphenated if hyphenated in several else None
            word = option or word
        elif option is not None and found[-1] != option:
            if several[option] and "=" not in word:
                option = None
            else:
                found.append(option)
        found.append(word)
    return found
