"""crossres info describes a file."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Run = Callable[..., Any]


def test_info_describes_a_file(run: Run, files: SimpleNamespace) -> None:
    done = run("info", files.target)
    assert done.code == 0
    assert "4 x 4 x 2" in done.out
    assert "RAS" in done.out
