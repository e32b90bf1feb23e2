"""The program reports Ctrl-C in one line, also while it is being loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

# Python finds a module when it is first imported: that is the moment of the signal.
CODE = """
import signal, sys
signal.signal(signal.SIGINT, {handler})

class Moment:
    def find_spec(self, name, *rest):
        if name == {name!r}:
            exec("signal.raise_signal(signal.SIGINT)")  # as within a dataclass

sys.meta_path.insert(0, Moment())
from crossres.__main__ import program
sys.argv = ["crossres", "weights", "list"]
sys.exit(program())
"""
WHILE_LOADING = ["typer", "crossres.cli", "rich", "crossres.cli.view", "crossres.cli.streams"]
DURING_A_COMMAND = ["crossres.cli.tables", "crossres.weights.index", "numpy", "asyncio.base_events"]


def interrupted(folder: Path, name: str, handler: str) -> subprocess.CompletedProcess[str]:
    (folder / "moment.py").write_text(CODE.format(name=name, handler=handler))
    return subprocess.run(
        [sys.executable, "-m", "moment"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("name", [*WHILE_LOADING, *DURING_A_COMMAND])
def test_ctrl_c_at_an_import_is_one_line(tmp_path: Path, name: str) -> None:
    done = interrupted(tmp_path, name, "signal.default_int_handler")
    assert done.returncode == 130
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("crossres: interrupted")


def test_ctrl_c_is_ignored_where_the_shell_ignores_it(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "typer", "signal.SIG_IGN")
    assert (done.returncode, done.stderr) == (0, "")
    assert "t1-t2-axial-x4" in done.stdout


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crossres", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("crossres ")


def test_a_current_folder_that_was_removed_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    command = f"rmdir ../gone; {sys.executable} -m crossres weights list"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path / "gone", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "crossres: error: the current folder was removed; change to another\n"
