"""What a child of the server runs: the command line, or one of two readings of the library."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

READING = "reading.npz"
"""The file in which ``read`` stores data and affine."""


def load() -> None:
    """Import what the commands import, and make trainings tiny."""
    import matplotlib.figure  # noqa: F401
    import pydicom  # noqa: F401
    import SimpleITK  # noqa: F401
    import torch

    import crossres.io.dicom
    import crossres.report
    import crossres.viewer
    import crossres.workflows.cohort
    import crossres.workflows.enhance
    import crossres.workflows.train.choice
    from cohort_scenes import tiny_recipe

    for package in (crossres.io, crossres.io.dicom, crossres.report, crossres.workflows.cohort):
        for name in package.__all__:
            getattr(package, name)
    torch.set_num_threads(1)
    vars(crossres.workflows.train.choice)["recipe"] = tiny_recipe


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit code.

    Args:
        words: Those after ``crossres``; or "read" with a scan and the folder for its data, or
            "fetch" with a result, which is served and fetched as a browser does.
    """
    from crossres.cli import main

    if words[0] == "read":
        return _explained(lambda: _read(*words[1:]))
    if words[0] == "fetch":
        return _explained(lambda: _fetch(Path(words[1])))
    return main(words)


def _explained(action: Callable[[], None]) -> int:
    """Run an action of the library with the messages and exit codes of the command line."""
    from crossres.cli.messages import failure_of, one_line_warnings, print_line

    try:
        with one_line_warnings():
            action()
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        print_line(failure.text)
        return failure.code
    return 0


def _read(scan: str, folder: str) -> None:
    import crossres

    volume = crossres.read(scan)
    np.savez(Path(folder) / READING, data=volume.data, affine=volume.grid.affine)


def _fetch(result: Path) -> None:
    """Serve a result, and fetch its page, its description and its volumes.

    Raises:
        RuntimeError: The server fails (status 500), or the description is not strict JSON.
    """
    from crossres.viewer import Viewer, open_result

    shown = open_result(result)
    viewer = Viewer(shown)
    threading.Thread(target=viewer.run, daemon=True).start()
    for path in shown.files.values():
        if not path.resolve().is_relative_to(result.resolve().parent):
            raise RuntimeError(f"{path} is served from another folder")
    for name in ("", "result.json", *shown.files):
        status, body = _get(viewer, name)
        if status >= 500:
            raise RuntimeError(f"status {status} for {name!r}")
        if name == "result.json" and status == 200:
            json.loads(body, parse_constant=_refuse)
    viewer.stop()


def _get(viewer: object, name: str) -> tuple[int, bytes]:
    url = str(viewer.url)  # type: ignore[attr-defined]
    address, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(address, timeout=15)
    connection.request("GET", f"/{path}{name}")
    response = connection.getresponse()
    return response.status, response.read()


def _refuse(word: str) -> float:
    raise RuntimeError(f"{word} is not JSON")
