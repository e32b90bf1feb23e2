"""The files of the BIDS App: image, recipe, descriptor and script of a cluster."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from container.descriptor import FILE, descriptor
from packaging.requirements import Requirement

from crossres.cli import app

ROOT = Path(__file__).resolve().parents[1]
CONTAINER = ROOT / "container"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# pip installs tools beside the interpreter, which need not be on PATH.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def run_tool(name: str, *words: object, code: int = 0) -> str:
    """Run a tool of the development environment, or skip where it is missing."""
    tool = shutil.which(name, path=PATH)
    if tool is None:
        pytest.skip(f"TOOL MISSING: {name}; pip install '.[dev]'")
    done = subprocess.run([tool, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, lines that continue joined."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split()[0], line.split(None, 1)[1]) for line in lines if line[:1].isupper()]


def test_the_image_has_no_lint() -> None:
    run_tool("hadolint", CONTAINER / "Dockerfile")


def test_the_image_runs_the_bids_app_as_a_user_without_rights() -> None:
    found = instructions((CONTAINER / "Dockerfile").read_text())
    last = dict(found)
    assert json.loads(last["ENTRYPOINT"]) == ["crossres", "cohort"]
    assert last["USER"] == "1000"
    assert {value.split()[0] for name, value in found if name == "FROM"} == {
        "python:3.11-slim-bookworm"
    }


def test_the_recipe_makes_the_same_as_the_image() -> None:
    image, recipe = ((CONTAINER / name).read_text() for name in ("Dockerfile", "Apptainer.def"))
    for text in ("python:3.11-slim-bookworm", "container/install.sh /opt/crossres"):
        assert text in image
        assert text in recipe
    assert 'exec crossres cohort "$@"' in recipe


@pytest.mark.parametrize("name", ["Dockerfile", "Apptainer.def"])
def test_the_version_is_that_of_the_project(name: str) -> None:
    text = (CONTAINER / name).read_text()
    versions = re.findall(r"crossres:(\d[\w.]*)|version[= ]\"?(\d[\w.]*)", text)
    assert {one or other for one, other in versions} == {PROJECT["version"]}


def test_every_package_is_pinned_to_a_version_that_the_project_allows() -> None:
    lines = (CONTAINER / "requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    named = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pinned.items()}
    for text in (*PROJECT["dependencies"], "hatchling>=1.25"):
        required = Requirement(text)
        assert named[re.sub(r"[-_.]+", "-", required.name).lower()] in required.specifier


def test_scripts_have_no_lint() -> None:
    run_tool("shellcheck", *sorted(CONTAINER.glob("*.sh")), ROOT / ".ci/run")


def test_the_descriptor_has_every_option() -> None:
    content = json.loads(FILE.read_text())
    assert content == descriptor(), "make it again: python -m container.descriptor"
    flags = {one.get("command-line-flag") for one in content["inputs"]}
    assert flags >= {"--participant-label", "--session-label", "--n-procs", "--mem", "--work-dir"}


def test_the_descriptor_is_valid() -> None:
    run_tool("bosh", "validate", FILE)


def test_calls_by_the_descriptor_are_calls_of_the_command(tmp_path: Path) -> None:
    values = {
        "bids_dir": "study",
        "output_dir": "out",
        "analysis_level": "participant",
        "participant_label": ["01", "sub-02"],
        "filters": ["acq=a", "run=1"],
        "factor": "4,4,1",
        "workers": 2,
        "mem": 8.5,
        "report": True,
    }
    (tmp_path / "study").mkdir()
    (tmp_path / "call.json").write_text(json.dumps(values | {"bids_dir": str(tmp_path / "study")}))
    printed = run_tool("bosh", "exec", "simulate", FILE, "-i", tmp_path / "call.json")
    words = shlex.split(printed.strip().splitlines()[-1])
    assert words[:2] == ["crossres", "cohort"]
    group: Any = typer.main.get_command(app)
    with group.commands["cohort"].make_context("cohort", words[2:]) as context:
        found = {name: context.params[name] for name in values}
    assert found | {"bids_dir": "study", "output_dir": "out"} == values


def test_a_task_of_an_array_makes_its_subject(
    build: Callable[..., Path], tiny_weights: SimpleNamespace, tmp_path: Path
) -> None:
    root = build(*(f"sub-{s}/anat/sub-{s}_{c}" for s in ("a", "b") for c in ("T1w", "T2w")))
    options = ["--factor", "2", "--weights", str(tiny_weights.guided), "--no-register", "--quiet"]
    command = [str(CONTAINER / "slurm_array.sh"), str(root), str(tmp_path / "out"), *options]
    paths = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    for task, code in ((2, 0), (3, 2)):
        environment = os.environ | {"PATH": PATH, "SLURM_ARRAY_TASK_ID": str(task)}
        environment |= {"PYTHONPATH": paths, "TMPDIR": str(tmp_path / "work")}
        done = subprocess.run(
            ["bash", *command], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == code, done.stderr
    assert done.stderr == f"{root} has 2 subjects; give --array=1-2\n"
    assert [path.name for path in (tmp_path / "out").glob("sub-*")] == ["sub-b"]
