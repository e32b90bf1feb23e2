"""Without the packages of an extra the rest works, and each use of them names the extra."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from crossres.checks import PACKAGES, Extra, require
from crossres.io import read
from crossres.types import MissingPackageError
from dicom_files import write_files

SLIM = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None
from crossres.__main__ import program
sys.argv = ["crossres", *{words!r}]
sys.exit(program())
"""
Slim = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def slim(tmp_path: Path) -> Slim:
    """Return a function that runs a command where no extra is installed."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        blocked = [package for packages in PACKAGES.values() for package in packages]
        code = SLIM.format(blocked=blocked, words=[str(word) for word in words])
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    return run


@pytest.fixture
def words(tiny_scans: dict[str, Path], tiny_weights: SimpleNamespace) -> list[object]:
    """Return the command that enhances a NIfTI file."""
    return [
        "enhance", tiny_scans["T2w"], "--guide", tiny_scans["T1w"], "--factor", "2,2,1",
        "--weights", tiny_weights.guided, "--no-register", "-o", "SR.nii.gz",
    ]  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], use: str, extra: str) -> None:
    """Check that a command ended in one line that names the extra."""
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(
        rf"crossres: error: {use} needs the extra '{extra}': pip install 'crossres\[{extra}\]'\n",
        done.stderr,
    ), done.stderr


def test_the_extras_are_those_of_the_package(request: pytest.FixtureRequest) -> None:
    content = tomllib.loads((request.config.rootpath / "pyproject.toml").read_text())
    project = content["project"]
    extras = project["optional-dependencies"]
    assert set(extras) == {*PACKAGES, "all", "dev", "docs"}
    base = {_package(text) for text in project["dependencies"]}
    for extra, packages in PACKAGES.items():
        assert {_package(text) for text in extras[extra]} - {"crossres"} == set(packages)
        assert not base & set(packages)
    of_the_command_line = {"bids", "dask", "dicom", "report", "view"}
    assert set(re.findall(r"\w+", extras["all"][0])) == {"crossres", *of_the_command_line}


def _package(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement)[0]


@pytest.mark.parametrize("extra", PACKAGES)
def test_a_missing_package_is_named_with_its_extra(
    extra: Extra, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(extra, "this")
    monkeypatch.setitem(sys.modules, PACKAGES[extra][0], None)
    missing = rf"this needs the extra '{extra}': pip install 'crossres\[{extra}\]'"
    with pytest.raises(MissingPackageError, match=missing):
        require(extra, "this")


def test_nifti_is_enhanced_to_nifti_with_json(
    slim: Slim, words: list[object], tmp_path: Path
) -> None:
    done = slim(*words, "--maps")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "SR.json").read_text())["weights"] == "tiny@1"
    assert (tmp_path / "SR.nii.gz").stat().st_size > 0
    assert slim("info", "SR.nii.gz").returncode == 0


def test_a_report_is_refused_before_anything_is_computed(
    slim: Slim, words: list[object], tmp_path: Path
) -> None:
    refused(slim(*words, "--report"), "--report", "report")
    assert not [*tmp_path.iterdir()]


def test_dicom(
    slim: Slim, words: list[object], tmp_path: Path, tiny_scans: dict[str, Path]
) -> None:
    write_files(tmp_path / "export", read(tiny_scans["T2w"]), "T2")
    refused(slim("info", "export"), "reading DICOM files", "dicom")
    words[1] = "export"
    refused(slim(*words), "reading DICOM files", "dicom")


def test_a_bids_dataset(slim: Slim, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    refused(slim("cohort", "study", "out", "--factor", 2), "reading a BIDS dataset", "bids")


def test_the_viewer(slim: Slim, words: list[object]) -> None:
    assert slim(*words, "--maps").returncode == 0
    refused(slim("view", "SR.maps", "--no-browser"), "the viewer", "view")


@pytest.mark.parametrize(
    ("command", "use"),
    [(["demo"], "the demonstration"), (["reproduce", "all", "--budget", "smoke"], "drawing .*")],
)
def test_commands_that_draw(slim: Slim, command: list[str], use: str, tmp_path: Path) -> None:
    refused(slim(*command), use, "report")
    assert not [*tmp_path.iterdir()]
