"""The program: ``crossres``, or ``python -m crossres`` where the package is not installed."""

import sys
from pathlib import Path


def program() -> int:
    """Run the command line with the words and the standard streams of this process.

    Returns:
        The exit code of :func:`crossres.cli.main`.
    """
    try:
        Path.cwd()  # libraries would abort
    except OSError:
        sys.stderr.write("crossres: error: the current folder was removed; change to another\n")
        return 2
    try:
        # These imports take a part of a second, in which Ctrl-C must not end in a traceback.
        from crossres.cli import main
        from crossres.cli.streams import checked_output, prepare_streams

        prepare_streams()
        code = checked_output(main())
    except KeyboardInterrupt:
        sys.stderr.write("crossres: interrupted before the start\n")
        code = 130
    # After Ctrl-C within an exec, as of dataclasses, Python would end by the signal and not by the
    # exit code, although the error was handled; the next exec resets this.
    exec("")
    return code


if __name__ == "__main__":
    sys.exit(program())
