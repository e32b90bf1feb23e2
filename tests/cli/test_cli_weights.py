"""crossres weights lists weights and shows their cards."""

import json
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.weights import read_index, shipped_names

Run = Callable[..., Any]
WITHOUT_TORCH = """
import sys
from crossres.cli import main
assert main(["weights", "list"]) == 0
print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("weights", "show"), ("weights",)])
def test_a_card_is_shown(run: Run, files: SimpleNamespace, words: tuple[str, ...]) -> None:
    done = run(*words, files.weights)
    assert done.code == 0
    assert done.out.startswith("tiny@1 ")
    assert "T1w" in done.out
    assert "2 to 4" in done.out


@pytest.mark.parametrize("name", ["t1-t2-axial-x2", "t1-t2-axial-x2@2"])
def test_a_card_as_json(run: Run, name: str) -> None:
    done = run("weights", name, "--json")
    assert done.code == 0
    card = json.loads(done.out)
    assert (card["name"], card["version"], card["target"]) == ("t1-t2-axial-x2", 2, "T2w")
    assert run("weights", "show", name, "--json").out == done.out


@pytest.mark.parametrize("words", [("weights", "list"), ("weights",)])
def test_the_list_has_a_row_for_each_of_the_shipped_weights(
    run: Run, words: tuple[str, ...]
) -> None:
    done = run(*words)
    assert done.code == 0
    rows = [line.split()[0] for line in done.out.splitlines() if "@" in line][1:]
    assert [row.partition("@")[0] for row in rows] == shipped_names()
    assert "t1-t2-axial-x4@2" in rows


def test_quiet_prints_names_with_versions_alone(run: Run) -> None:
    listed = run("weights", "-q").out.splitlines()
    assert [name.partition("@")[0] for name in listed] == shipped_names()
    assert run("weights", "show", shipped_names()[0], "-q").out == f"{listed[0]}\n"


def test_the_list_as_json_has_earlier_versions_too(run: Run) -> None:
    text = run("weights", "--json").out
    assert run("weights", "list", "--json").out == text
    listed = json.loads(text)["weights"]
    assert [entry["sha256"] for entry in listed] == [entry.sha256 for entry in read_index()]
    shipped = {(e["name"], e["version"]): e["shipped"] for e in listed}
    assert shipped["t1-t2-axial-x4", 2]
    assert not shipped["t1-t2-axial-x4", 1]


@pytest.mark.parametrize("name", ["t1-t2-axial-x4@1", "lisst"])
def test_what_is_not_there_is_refused_in_one_line(run: Run, name: str) -> None:
    done = run("weights", name)
    assert done.code == 2
    assert done.out == ""
    assert name in done.err
    assert done.err.count("\n") == 1


def test_the_list_loads_no_torch() -> None:
    line = [sys.executable, "-c", WITHOUT_TORCH]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=120)
    assert not {"torch", "scipy", "nibabel", "safetensors"} & set(done.stderr.split())
