"""Kill commands at every file operation, and judge what the next command finds.

    python -m studies.kills --work FOLDER

Each command runs in a child process on small phantoms. The child is killed by SIGKILL just before
its n-th operation that changes a file (open for writing, rename, link, remove, make or remove a
folder), for every n. Then the same command runs again. A case is good if the outputs after the kill
are, once recovered, the earlier set or the new one, if the second command ends with exit code 0 and
the same outputs as an undisturbed one, and if no temporary file is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from crossres import make_pair, write
from crossres.cli import main as crossres
from crossres.files import read_json, recover, write_json
from crossres.physics import degrade
from crossres.reproduction.records import provenance

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink"}
_BIDS = '{"Name": "phantoms", "BIDSVersion": "1.8.0"}'
_NO_DATA = (".html", ".png", ".tsv", ".md", ".bidsignore", "dataset_description.json")

TABLE = Path("results/reliability/kills.json")

Outputs: TypeAlias = dict[str, str]
"""Digests of files by name."""


@dataclass(frozen=True)
class Command:
    """A command to kill.

    Args:
        words: Its words; paths are relative to the work folder.
        earlier: Words of a command that makes an earlier set of outputs; empty without.
    """

    words: str
    earlier: str = ""


COMMANDS = {
    "enhance": Command("enhance T2.nii.gz --factor 2 -o out/SR.nii.gz --report --maps -q"),
    "enhance --overwrite": Command(
        "enhance T2.nii.gz --factor 2 -o out/SR.nii.gz --overwrite -q",
        "enhance T2.nii.gz --factor 2 -o out/SR.nii.gz --back-projection none --report --maps -q",
    ),
    "degrade": Command("degrade T2.nii.gz --factor 2 -o out/LR.nii.gz -q"),
    "degrade --overwrite": Command(
        "degrade T2.nii.gz --factor 2 -o out/LR.nii.gz --overwrite -q",
        "degrade T2.nii.gz --factor 3 -o out/LR.nii.gz -q",
    ),
    "cohort --overwrite": Command(
        "cohort bids out --guide none --factor 2 --overwrite --device cpu -q",
        "cohort bids out --guide none --factor 2 --back-projection none --maps --device cpu -q",
    ),
    "train": Command(
        "train scans --guide none --factor 2 --steps 4 --threads 1 -o out/w.safetensors -q"
    ),
    "train --overwrite": Command(
        "train scans --guide none --factor 2 --steps 4 --threads 1 -o out/w.safetensors "
        "--overwrite -q",
        "train scans --guide none --factor 2 --steps 2 --threads 1 -o out/w.safetensors "
        "--work work/earlier -q",
    ),
}


def main(
    work: Annotated[Path, typer.Option(help="An empty folder for the runs.")],
    out: Annotated[Path, typer.Option(help="The table to write.")] = TABLE,
    every: Annotated[int, typer.Option(min=1, help="Kill at every n-th operation.")] = 1,
    only: Annotated[str | None, typer.Option(help="One command of the table.")] = None,
) -> None:
    """Kill commands at every file operation."""
    work.mkdir(parents=True, exist_ok=True)
    summary, out = provenance(), out.absolute()
    os.chdir(work)
    for name in [name for name in COMMANDS if only in (None, name)]:
        row = _row(COMMANDS[name], every)
        typer.echo(f"{name}: {row}")
        rows = read_json(out)["commands"] if out.exists() else {}
        made = {"every": every, **row, **summary}
        write_json({"commands": {**rows, name: made}}, out, overwrite=True)


def _row(command: Command, every: int) -> dict[str, Any]:
    """Kill one command at its operations; return the numbers of outcomes."""
    start = time.monotonic()
    _prepare(command)
    before = outputs()
    _in_child(lambda: crossres(command.words.split()))
    expected, found = outputs(), Counter[str]()
    for number in range(1, sys.maxsize, every):
        _prepare(command)
        if not _killed_at(number, command):
            break
        found.update(_outcomes(command, before, expected))
        found["kills"] += 1
    return {**found, "seconds": round(time.monotonic() - start)}


def _outcomes(command: Command, before: Outputs, expected: Outputs) -> list[str]:
    """Return how a kill and the next command ended."""
    for folder in [Path("out"), *(path for path in Path("out").rglob("*") if path.is_dir())]:
        recover(folder)
    after = outputs()
    whole = all(_is_whole(group, after, before, expected) for group in _groups(after, expected))
    found = ["earlier set" if after == before else "new set" if whole else "mixed set"]
    again = command.words.split()
    if "--overwrite" not in again and Path(_output(command)).exists():
        again.append("--overwrite")
    if _in_child(lambda: crossres(again)) != 0:
        found.append("next command failed")
    if outputs() != expected:
        found.append("next result differs")
    if list(Path("out").rglob(".part-*")):
        found.append("leftovers")
    return found


def _groups(*found: Outputs) -> set[str]:
    """Return the subjects whose outputs are a set, and "" for outputs of no subject."""
    return {_subject(name) for outputs in found for name in outputs}


def _subject(name: str) -> str:
    match = re.search(r"sub-\d+", name)
    return match[0] if match else ""


def _is_whole(group: str, after: Outputs, *sets: Outputs) -> bool:
    """Return whether volume, JSON file and maps of a subject are those of one set."""

    def data(found: Outputs) -> Outputs:
        kept = (n for n in found if _subject(n) == group and not n.endswith(_NO_DATA))
        return {name: found[name] for name in kept}

    return data(after) in [data(one) for one in sets]


def _output(command: Command) -> str:
    words = command.words.split()
    return words[words.index("-o") + 1] if "-o" in words else words[2]


def _prepare(command: Command) -> None:
    """Make the inputs once, and the earlier set of outputs anew."""
    for folder in ("out", "work"):
        shutil.rmtree(folder, ignore_errors=True)
    Path("out").mkdir()
    if not Path("T2.nii.gz").exists():
        _draw_inputs()
    if command.earlier:
        kept = Path("earlier") / hashlib.sha256(command.earlier.encode()).hexdigest()[:8]
        if not kept.exists():
            _in_child(lambda: crossres(command.earlier.split()))
            shutil.copytree("out", kept)
        shutil.rmtree("out")
        shutil.copytree(kept, "out")


def _draw_inputs() -> None:
    _, scan = make_pair(101, shape=(32, 36, 24), spacing=2.0, slices=(8, 14))
    target = degrade(scan, scan.grid.coarsened((2, 2, 1)))
    write(target, "T2.nii.gz")
    for folder, subject in (("bids/sub-01/anat", "01"), ("scans", "01"), ("scans", "02")):
        Path(folder).mkdir(parents=True, exist_ok=True)
        write(target, Path(folder) / f"sub-{subject}_T2w.nii.gz")
    (Path("bids") / "dataset_description.json").write_text(_BIDS, "utf-8")


def outputs() -> Outputs:
    """Return the outputs by name, with a digest of what does not depend on the time."""
    files = [path for path in Path("out").rglob("*") if path.is_file()]
    visible = [path for path in files if not any(p.startswith(".part-") for p in path.parts)]
    return {str(path): _digest(path) for path in visible if ".train/" not in str(path)}


def _digest(path: Path) -> str:
    if path.suffix == ".json":
        content = json.loads(path.read_text("utf-8"))
        for name in ("created", "timings_seconds", "pictures"):
            content.pop(name, None)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    if path.suffix in (".html", ".tsv", ".safetensors"):
        return "present"  # they hold times
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _killed_at(number: int, command: Command) -> bool:
    """Run a command that is killed at an operation; return whether it came so far."""

    def work() -> int:
        _at_operation(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        return crossres(command.words.split())

    return _in_child(work) == -signal.SIGKILL


def _at_operation(number: int, act: Callable[[], object]) -> None:
    count = 0
    here = str(Path.cwd())

    def hook(event: str, arguments: Any) -> None:
        nonlocal count
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        if (opened or event in _CHANGES) and not _is_elsewhere(arguments[0], here):
            count += 1
            if count == number:
                act()

    sys.addaudithook(hook)


def _is_elsewhere(path: object, here: str) -> bool:
    """Return whether an operation is on a descriptor or on a file outside of the work folder."""
    if not isinstance(path, str | bytes | os.PathLike):
        return True
    return not str(Path(os.fsdecode(path)).absolute()).startswith(here)


def _in_child(work: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  # for the life of the child
        os._exit(work())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    typer.run(main)
