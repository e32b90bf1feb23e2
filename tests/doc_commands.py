"""Run a command of the documentation, or check its options."""

import importlib
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import typer

from crossres.cli import app, main

NOT_RUN = {
    "python3 -m venv": "needs the package index",
    ".venv/bin/": "what was installed there is what runs here",
    "pip install": "needs the package index",
    "time env/bin/pip": "needs the package index",
    "du -sm env": "the environment was not made here",
    "env/bin/pip": "the environment was not made here",
    "python -m pip": "needs the package index",
    "python -m pytest": "these are the tests",
    "python -m studies.benchmark": "minutes, on an idle machine",
    "python -m studies": "hours on scans that are not in the package",
    "python -m crossres.reproduction.pack": "needs scans that are not in the package",
    "crossres reproduce": "minutes to hours; .ci runs the smoke test",
    "crossres train scans --factor 4 --recipe paper": "the paper's batches take minutes",
    "crossres demo -o longer": "minutes; the same without options runs",
    "dask ": "needs a cluster; tests/workflows/cohort/test_cluster.py has one",
    "docker ": "needs an engine; tests/test_container.py checks the file",
    "apptainer ": "needs an engine, and root",
    "sbatch ": "needs Slurm; tests/test_container.py runs the script",
    "ssh ": "needs another machine",
}
"""Beginnings of commands that are not run, with the reason. Only their options are checked."""

_TOOLS = {"cp", "ls", "mkdir", "mv"}
_LESS = {
    "demo": ["--steps", "2", "--subjects", "1"],
    "train": ["--steps", "2"],
    "cohort": ["--n-procs", "1"],
}
_OTHER_PROCESSES = "--scheduler"


def why_not(words: Sequence[str]) -> str | None:
    """Return why a command is not run; None if it is."""
    line = shlex.join(words)
    if _OTHER_PROCESSES in words:
        return NOT_RUN["dask "]
    return next((why for start, why in NOT_RUN.items() if line.startswith(start)), None)


def run(words: Sequence[str], code: int, *, overwrite: bool) -> None:
    """Run a command in this process and folder, with fewer steps than it states.

    Args:
        words: The command.
        code: The exit code that it should have.
        overwrite: Whether what an earlier line has made may be replaced.

    Raises:
        AssertionError: It has another exit code, or is of an unknown kind.
    """
    if words[0] in _TOOLS:
        subprocess.run(words, check=True)
    elif words[0] == "python" and words[1].endswith(".py"):
        with mock.patch.object(sys, "argv", list(words[1:])):
            runpy.run_path(words[1], run_name="__main__")
    else:
        assert words[0] == "crossres", f"cannot run {shlex.join(words)!r}"
        more = [*_LESS.get(words[1], ()), *_overwrite(words, overwrite)]
        assert main([*words[1:], *more]) == code, shlex.join(words)


def run_script(text: str) -> None:
    """Run lines that only a shell can run, in this folder, with the crossres that is tested."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(["bash", "-euc", text], env=os.environ | {"PATH": path}, check=True)


def _overwrite(words: Sequence[str], requested: bool) -> list[str]:
    known = {name for option in command_of(words)[0].params for name in option.opts}
    kept = "--skip-existing" in words
    return ["--overwrite"] if requested and "--overwrite" in known and not kept else []


def command_of(words: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the verb of a command of crossres, or the command of a study, and the rest."""
    if list(words[:3]) == ["python", "-m", "crossres"]:
        words = ["crossres", *words[3:]]
    if words[0] == "crossres":
        command, rest = typer.main.get_command(app), list(words[1:])
        while hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        return command, rest
    assert words[:2] == ["python", "-m"], words
    module, rest = importlib.import_module(words[2]), list(words[3:])
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"{words[2]}.__main__")
    if hasattr(module, "app"):
        return typer.main.get_command(module.app).commands[rest.pop(0)], rest
    once = typer.Typer()
    once.command()(module.main)
    return typer.main.get_command(once), rest


def check(words: Sequence[str]) -> None:
    """Check that a command of crossres or of a study accepts the options that it is given."""
    line = shlex.join(words)
    if re.match(r"crossres |python -m (crossres|studies)\b", line):
        command, rest = command_of(words)
        with command.make_context(words[0], rest):
            pass
    for word in words:
        if word.startswith("crossres ") and word != line:
            check(shlex.split(word))
