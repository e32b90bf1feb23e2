"""Termination cleans up like Ctrl-C, in every verb."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crossres.cli import main
from crossres.cli.messages import failure_of
from crossres.cli.signals import Terminated, terminable
from crossres.io import write
from crossres.phantom import make_pair


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Restore what the signals do."""
    before = {n: signal.signal(n, signal.SIG_DFL) for n in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_termination_is_an_interruption_while_it_runs_only(number: signal.Signals) -> None:
    with terminable():
        assert signal.getsignal(number) != signal.SIG_DFL
    assert signal.getsignal(number) == signal.SIG_DFL


def test_ignored_signals_stay_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with terminable():
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def terminate_twice() -> None:
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.raise_signal(signal.SIGTERM)


def test_a_second_termination_is_ignored() -> None:
    with pytest.raises(Terminated), terminable():
        terminate_twice()
    signal.raise_signal(signal.SIGTERM)


class Signalling:
    """An object during whose removal a signal arrives."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_within_a_destructor_is_not_lost(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    """Python would print a traceback and continue."""

    def work() -> None:
        with terminable():
            Signalling(number)
            time.sleep(10)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert time.monotonic() - start < 5
    assert capfd.readouterr().err == ""


def test_the_exit_code_names_the_signal() -> None:
    failure = failure_of(Terminated(signal.SIGTERM))
    assert failure == ("terminated; no output is half-written", 143)
    assert failure_of(KeyboardInterrupt()) == ("interrupted; no output is half-written", 130)


WORK = """
import sys, time
from pathlib import Path
import {module} as place
real = getattr(place, {name!r})
def slow(*args, **options):
    made = real(*args, **options)
    Path("reached").touch()
    time.sleep(60)
    return made
setattr(place, {name!r}, slow)
from crossres.cli import main
sys.exit(main({words!r}))
"""

VERBS = {
    "enhance": ("crossres.workflows.enhance.files", "write", "enhance T2.nii.gz -o SR.nii.gz"),
    "degrade": ("crossres.io", "write", "degrade T2.nii.gz -o LR.nii.gz"),
    "train": ("crossres.workflows.train.outputs", "save_weights", "train in -o w.safetensors"),
    "cohort": ("crossres.workflows.cohort.case", "write", "cohort in out"),
}
MORE = {
    "train": ["--guide", "none", "--steps", "2", "--threads", "1"],
    "cohort": ["--guide", "none"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_cleans_up_when_it_is_terminated(tmp_path: Path, verb: str) -> None:
    module, name, line = VERBS[verb]
    words = [*line.split(), "--factor", "2", "--quiet", *MORE.get(verb, [])]
    scan, _ = make_pair(101, shape=(24, 28, 6), spacing=2.0)
    anat = tmp_path / "in" / "sub-01" / "anat"
    anat.mkdir(parents=True)
    (tmp_path / "in" / "dataset_description.json").write_text(
        '{"Name": "x", "BIDSVersion": "1.8.0"}'
    )
    write(scan, anat / "sub-01_T2w.nii.gz")
    write(scan, tmp_path / "T2.nii.gz")
    process = subprocess.Popen(
        [sys.executable, "-c", WORK.format(module=module, name=name, words=words)],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    while not (tmp_path / "reached").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    assert list(tmp_path.rglob(".part-*"))
    process.terminate()
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 143
    assert error.splitlines()[-1].startswith("crossres: ")
    assert "Traceback" not in error
    assert list(tmp_path.rglob(".part-*")) == []
    outputs = ("SR*", "LR*", "w.safetensors", "w_loss*", "*desc-sr*")
    assert [path for pattern in outputs for path in tmp_path.rglob(pattern)] == []


def test_killed_while_writing_the_next_command_clears_up(tmp_path: Path) -> None:
    scan, _ = make_pair(101, shape=(24, 28, 6), spacing=2.0)
    write(scan, tmp_path / "T2.nii.gz")
    scan_path, output = str(tmp_path / "T2.nii.gz"), str(tmp_path / "LR.nii.gz")
    words = ["degrade", scan_path, "--factor", "2", "-o", output, "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-c", WORK.format(module="crossres.io", name="write", words=words)],
        cwd=tmp_path,
    )
    while not (tmp_path / "reached").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert len(list(tmp_path.glob(".part-*"))) == 1
    assert main(words) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["LR.json", "LR.nii.gz", "T2.nii.gz", "reached"]
