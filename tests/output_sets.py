"""Sets of outputs, and processes that end at a certain file operation."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from crossres.files import staged
from crossres.types import CrossresError

NAMES = ("SR.nii.gz", "SR.json", "SR.maps")
OPERATIONS = {
    "open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.scandir",
    "os.listdir",
}  # fmt: skip


def one_line(error: BaseException) -> str:
    text = str(error)
    assert isinstance(error, CrossresError)
    assert text
    assert "\n" not in text
    return text


def write(folder: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a set; the report of an earlier one goes with it."""
    paths = [folder / name for name in NAMES]
    with staged(paths, overwrite=overwrite, removed=[folder / "SR.html"]) as (
        volume,
        sidecar,
        maps,
    ):
        volume.write_text(text)
        sidecar.write_text(text)
        (maps / "maps.json").write_text(f'"{text}"')
        (maps / text).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def a_set(text: str) -> dict[str, str]:
    files = ("SR.nii.gz", "SR.json", f"SR.maps/{text}")
    return {**dict.fromkeys(files, text), "SR.maps/maps.json": f'"{text}"'}


def at_operation(number: int, act: Callable[[], object]) -> None:
    """Have something happen just before a certain file operation of this process."""
    count = 0

    def hook(event: str, _: object) -> None:
        nonlocal count
        count += event in OPERATIONS
        if event in OPERATIONS and count == number:
            act()

    sys.addaudithook(hook)


def in_child(work: Callable[[], object]) -> int:
    """Run something in a child process, and return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(number: int, folder: Path, *, overwrite: bool) -> bool:
    """Write a set in a process that is killed at an operation; return whether it came so far."""

    def work() -> None:
        at_operation(number, kill_me)
        write(folder, "new", overwrite=overwrite)

    return in_child(work) == -signal.SIGKILL


def contents_of_outputs(folder: Path) -> dict[str, str]:
    return {name: text for name, text in contents(folder).items() if not name.startswith(".part")}
