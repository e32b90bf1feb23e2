"""The command line starts fast, has help for every command, and prints its version."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

VERBS = [
    "demo", "enhance", "cohort", "view", "train", "evaluate", "degrade", "register", "info",
    "reproduce",
]  # fmt: skip
HEAVY = (
    "torch", "numpy", "scipy", "jaxtyping", "nibabel", "pydicom", "SimpleITK", "matplotlib",
    "ancpbids", "safetensors", "starlette", "crossres.types",
)  # fmt: skip


def test_no_words_print_the_help(run: Run) -> None:
    done = run()
    assert done.code == 0
    assert all(verb in done.out for verb in [*VERBS, "weights"])


@pytest.mark.parametrize("words", [[v] for v in VERBS] + [["weights", "list"], ["weights", "show"]])
def test_every_verb_has_examples(run: Run, words: list[str]) -> None:
    done = run(*words, "--help")
    assert done.code == 0
    assert "Examples" in done.out
    assert f"crossres {' '.join(words)}" in done.out.split("Examples")[1]


@pytest.mark.parametrize("words", [["--version"], ["cohort", "--version"]])
def test_the_version(run: Run, words: list[str]) -> None:
    """The image of the container runs ``crossres cohort``."""
    done = run(*words)
    assert done.code == 0
    here = f"Python {platform.python_version()}, torch {metadata.version('torch')}"
    assert done.out == f"crossres {metadata.version('crossres')} ({here})\n"


def test_the_package_runs_as_a_module() -> None:
    words = [sys.executable, "-m", "crossres", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"crossres {metadata.version('crossres')} (Python ")


def complete(line: str) -> list[str]:
    """Return what a bash completes at the end of a line."""
    words = line.split(" ")
    given = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        [sys.executable, "-m", "crossres"], capture_output=True, text=True, check=True,
        env={**os.environ, **given, "_CROSSRES_COMPLETE": "complete_bash"},
    )  # fmt: skip
    return done.stdout.split()


def test_verbs_options_and_choices_are_completed() -> None:
    assert complete("crossres enh") == ["enhance"]
    assert complete("crossres enhance --back-p") == ["--back-projection"]
    assert complete("crossres enhance --start ") == ["headers", "centres"]
    assert complete("crossres demo --device ") == ["auto", "cpu", "cuda", "mps"]
    assert complete("crossres enhance --weights t2-ax") == ["t2-axial-x2", "t2-axial-x4"]


def test_the_script_of_completion_is_shown_and_installed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    monkeypatch.setenv("HOME", str(tmp_path))
    shown = run("--show-completion")
    assert (shown.code, shown.err) == (0, "")
    assert "complete -o default -F _crossres_completion crossres" in shown.out
    assert run("--install-completion").code == 0
    installed = tmp_path / ".bash_completions" / "crossres.sh"
    assert installed.read_text().strip() == shown.out.strip()
    assert str(installed) in (tmp_path / ".bashrc").read_text()


def loaded_by_help(commands: list[list[str]], packages: tuple[str, ...]) -> list[str]:
    """Return which of some packages a fresh process loads for the help of commands."""
    code = (
        "import sys; from crossres.cli import main; "
        f"[main([*words, '--help']) for words in {commands}]; "
        f"print('LOADED', *(name for name in {packages} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()[1:]


def test_the_help_loads_nothing_heavy() -> None:
    assert loaded_by_help([[]], (*HEAVY, "pydantic")) == []


def test_the_help_of_a_command_loads_nothing_heavy() -> None:
    """Typer itself loads pydantic for the values of options."""
    assert loaded_by_help([*([verb] for verb in VERBS), ["weights", "list"]], HEAVY) == []
