"""crossres weights lists weights and shows their cards."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

Run = Callable[..., Any]


def test_weights_show_prints_the_card(run: Run, files: SimpleNamespace) -> None:
    done = run("weights", "show", files.weights)
    assert done.code == 0
    assert "T1w" in done.out
    assert "2 to 4" in done.out


def test_weights_list_has_a_row_per_file(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossres.weights.store._shipped", lambda: files.folder)
    out = run("weights", "list").out
    assert "tiny" in out
    assert "unguided" in out
