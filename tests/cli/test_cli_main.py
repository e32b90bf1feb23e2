"""The command line starts fast, explains itself, and knows its version."""

import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Any

import pytest

Run = Callable[..., Any]

VERBS = [
    "enhance", "cohort", "view", "train", "evaluate", "degrade", "register", "info", "reproduce",
]  # fmt: skip
HEAVY = ("torch", "nibabel", "SimpleITK", "matplotlib", "scipy", "numpy", "ancpbids")


def test_no_words_print_the_help(run: Run) -> None:
    done = run()
    assert done.code == 0
    assert all(verb in done.out for verb in [*VERBS, "weights"])


def test_a_group_without_a_command_says_so(run: Run) -> None:
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


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from crossres.cli import main; "
        f"[main([*w, '--help']) for w in ([], *([v] for v in {VERBS}), ['weights', 'list'])]; "
        f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
