r"""Every verb takes file names of any bytes, reports them on any terminal, and writes them escaped.

A byte that is not UTF-8 is a lone surrogate in Python: E4 is \udce4.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

Run = Callable[..., Any]
ODD = "sch\udce4del"


@pytest.fixture
def odd(files: SimpleNamespace) -> SimpleNamespace:
    """Return the scene in a folder and in files with such a name."""
    folder = files.folder.rename(files.folder.with_name(ODD))
    named = {}
    for role in ("target", "guide", "reference", "weights"):
        old = folder / getattr(files, role).name
        named[role] = old.rename(folder / f"{role}-{ODD}{''.join(old.suffixes)}")
    return SimpleNamespace(folder=folder, **named)


def test_enhance_with_report_and_maps(run: Run, odd: SimpleNamespace) -> None:
    output = odd.folder / f"SR-{ODD}.nii.gz"
    done = run(
        "enhance", odd.target, "--guide", odd.guide, "--weights", odd.weights, "--factor", "2",
        "--no-register", "-o", output, "--report", "--maps",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert output.is_file()
    assert r"SR-sch\xe4del.nii.gz" in done.out
    sidecar = json.loads(output.with_name(f"SR-{ODD}.json").read_text(encoding="utf-8"))
    assert sidecar["inputs"]["target"]["file"] == r"target-sch\xe4del.nii.gz"
    page = output.with_name(f"SR-{ODD}.html").read_text(encoding="utf-8")
    assert r"target-sch\xe4del.nii.gz" in page
    maps = output.with_name(f"SR-{ODD}.maps")
    assert json.loads((maps / "maps.json").read_text(encoding="utf-8"))["volumes"]


@pytest.mark.parametrize(
    "words",
    [
        ["info", "{target}"],
        ["degrade", "{reference}", "--factor", "2", "-o", "{folder}/low-sch\udce4del.nii.gz"],
        ["evaluate", "{reference}", "--reference", "{reference}", "-o", "{folder}/\udce4.json"],
        ["register", "{guide}", "--to", "{reference}", "--factor", "2", "-o",
         "{folder}/moved-\udce4.nii.gz", "--transform", "{folder}/\udcff.json"],
        ["weights", "show", "{weights}"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_the_other_verbs(run: Run, odd: SimpleNamespace, words: list[str]) -> None:
    given = [word.format(**vars(odd)) for word in words]
    done = run(*given)
    assert (done.code, done.err) == (0, "")
    for output in given[given.index("-o") + 1 :: 2] if "-o" in given else []:
        assert Path(output).is_file()
    for path in odd.folder.glob("*.json"):
        assert isinstance(json.loads(path.read_bytes()), dict)


def test_an_error_names_the_file_with_escapes(run: Run, odd: SimpleNamespace) -> None:
    done = run("info", odd.folder / "gone\udce4.nii.gz")
    assert done.code == 2
    assert r"sch\xe4del/gone\xe4.nii.gz" in done.error


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    source = Path(__file__).parents[2] / "src"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(source)}
    name = f"ö→{ODD}.nii.gz"
    shutil.copy(__file__, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "crossres", "info", name],
        cwd=tmp_path, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    [line] = done.stderr.decode(encoding).splitlines()
    assert r"sch\xe4del.nii.gz" in line
