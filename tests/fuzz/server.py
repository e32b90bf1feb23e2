"""Commands in forked children of one process that has imported everything.

A case costs tens of milliseconds so, instead of seconds for the imports. The process is started by
:class:`Server` and reads one JSON line per command; it has one thread and no beartype, as a user
runs the package. Each child has its own session, output files, memory limit and time limit.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

HERE = Path(__file__).resolve().parent
SECONDS, BYTES = 20.0, 2 << 30
"""The most time and resident memory that any input may cost."""
_WAITING = 3
"""A command may take so many times as long by the clock, since other processes may be busy."""
_ADDRESS_SPACE = 24 << 30
"""Only so that a defect does not take the machine; memory in use is measured beside it."""


class Ended(NamedTuple):
    """How a command ended: exit code (negative for a signal), time, peak memory, and output.

    The time is that of the processor, or a third of that by the clock if that is more.
    """

    code: int
    seconds: float
    peak: int
    stdout: str
    stderr: str


class Server:
    """The process with everything imported. It is started by the first command.

    Args:
        seconds: Limit of the processor time of a command, s; three times as much by the clock.
        limit: Limit of its resident memory, bytes.
    """

    def __init__(self, *, seconds: float = SECONDS, limit: int = BYTES) -> None:
        self.seconds, self.limit = seconds, limit
        self._process: subprocess.Popen[str] | None = None

    def run(self, words: Sequence[str], folder: Path, log: Path) -> Ended:
        """Run one command in a folder and wait for its end."""
        for name in ("stdout", "stderr"):
            (log / name).write_bytes(b"")
        request = {"words": words, "folder": str(folder), "log": str(log)}
        limits = {"seconds": self.seconds, "limit": self.limit}
        process = self._started()
        stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        stdin.write(json.dumps({**request, **limits}) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        texts = [(log / name).read_text("utf-8", "replace") for name in ("stdout", "stderr")]
        return Ended(answer["code"], answer["seconds"], answer["peak"], *texts)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            paths = [str(HERE.parent), str(HERE.parents[1] / "src"), str(HERE.parents[1])]
            path = os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")])
            single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
            environment = {**os.environ, **single, "PYTHONPATH": path, "COLUMNS": "100"}
            # A session of its own: Ctrl-C in a terminal ends the caller first, which ends this.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fuzz.server"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True,
            )  # fmt: skip
        return self._process


def _serve() -> None:
    """Answer each request with a line, until stdin ends."""
    from fuzz import programs

    programs.load()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(request: dict[str, object]) -> dict[str, float]:
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        _child(request)
    return _watch(child, start, float(str(request["seconds"])), int(str(request["limit"])))


def _child(request: dict[str, object]) -> None:
    """Run the command and leave as Python leaves, without returning to the loop."""
    from fuzz import programs

    code = 1
    try:
        os.setsid()
        _redirect(Path(str(request["log"])))
        os.chdir(str(request["folder"]))
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.setitimer(signal.ITIMER_REAL, _WAITING * float(str(request["seconds"])) + 5)
        code = programs.run(cast("list[str]", request["words"]))
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(log: Path) -> None:
    """Write stdout and stderr to files; read nothing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path in ((1, log / "stdout"), (2, log / "stderr")):
        os.dup2(os.open(path, flags), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _watch(child: int, start: float, seconds: float, limit: int) -> dict[str, float]:
    """Wait for a child; end it and all that it started where it takes too long or too much."""
    peak = 0
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        waited = time.monotonic() - start
        if found:
            _end(child)
            code = os.waitstatus_to_exitcode(status)
            spent = max(usage.ru_utime + usage.ru_stime, waited / _WAITING)
            return {"code": code, "seconds": spent, "peak": max(peak, usage.ru_maxrss * 1024)}
        peak = max(peak, _resident(child))
        if max(_computed(child), waited / _WAITING) > seconds or peak > limit:
            _end(child)
        time.sleep(0.002 if waited < 0.1 else 0.01)


def _end(child: int) -> None:
    """Kill the session of a child; what of it has ended already is no error."""
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _computed(child: int) -> float:
    """Return the processor time of a process in seconds."""
    try:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = sum(map(int, fields[11:13])) if len(fields) > 12 else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _resident(child: int) -> int:
    """Return the resident memory of a process in bytes."""
    try:
        pages = int(Path(f"/proc/{child}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * resource.getpagesize()


if __name__ == "__main__":
    _serve()
