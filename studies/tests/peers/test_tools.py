"""Methods in processes: what has a result is not run again, time and memory are measured."""

import subprocess
import sys
from pathlib import Path

import pytest
from studies.peers import tools
from studies.peers.tools import ECLARE, Folders, applies, measured, run_method

from crossres.files import read_json, write_json


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "data", tmp_path / "runs", tmp_path / "work", tmp_path / "tools")


def test_finished_cases_are_left_out(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    (folders.work / "ants-bspline").mkdir(parents=True)
    write_json({}, folders.work / "ants-bspline" / "a.json")
    commands: list[list[str]] = []
    monkeypatch.setattr(tools.subprocess, "run", lambda command, **_: commands.append(command))
    run_method("ants-bspline", ["a"], folders)
    assert commands == []
    run_method("ants-bspline", ["a", "b"], folders)
    assert commands[0][0].startswith(str(folders.tools))
    assert commands[0][-1] == "b"
    run_method("cubic", ["a"], folders)
    assert commands[1][0] == sys.executable


def test_the_result_of_eclare_is_kept_with_its_cost(folders: Folders) -> None:
    program = folders.tools / "eclare" / "bin" / "run-eclare"
    program.parent.mkdir(parents=True)
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --out-dir ]; do shift; done\n'
        'mkdir -p "$2" && echo made > "$2/scan_eclare.nii.gz"\n'
    )
    program.chmod(0o755)
    run_method(ECLARE, ["a"], folders)
    assert (folders.work / ECLARE / "a.nii.gz").read_text() == "made\n"
    assert set(read_json(folders.work / ECLARE / "a.json")) == {"seconds", "peak_mb"}


def test_commands_are_measured_and_their_failure_is_raised() -> None:
    cost = measured([sys.executable, "-c", "x = bytearray(50_000_000)"])
    assert cost["peak_mb"] > 50
    assert cost["seconds"] > 0
    with pytest.raises(subprocess.CalledProcessError):
        measured([sys.executable, "-c", "raise SystemExit(3)"])


def test_methods_apply_where_they_were_made_for() -> None:
    assert applies("cubic", "clinical", "2x")
    assert [applies("paper", *each) for each in (("cohort", "4x"), ("labels", "4x"))] == [
        True,
        False,
    ]
    assert applies(ECLARE, "cohort", "slices 4x")
    assert not applies(ECLARE, "cohort", "4x")
