"""The command line starts fast, has help for every command, and prints its version."""

import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
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


def test_a_group_without_a_command_names_the_help(run: Run) -> None:
    done = run("weights")
    assert done.code == 2
    assert done.error == "crossres: error: a command is missing; see `crossres weights --help`"


@pytest.mark.parametrize("words", [[v] for v in VERBS] + [["weights", "list"], ["weights", "show"]])
def test_every_verb_has_examples(run: Run, words: list[str]) -> None:
    done = run(*words, "--help")
    assert done.code == 0
    assert "Examples" in done.out
    assert f"crossres {' '.join(words)}" in done.out.split("Examples")[1]


def test_the_version(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out.strip()) == (0, f"crossres {metadata.version('crossres')}")


def test_the_package_runs_as_a_module() -> None:
    words = [sys.executable, "-m", "crossres", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"crossres {metadata.version('crossres')}"


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
