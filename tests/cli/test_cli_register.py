"""crossres register resamples a guide to the grid of a target."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.io import read

Run = Callable[..., Any]


def test_register_brings_a_moved_guide_back(
    run: Run, files: SimpleNamespace, shifted_guide: Path
) -> None:
    transform = files.folder / "T1.json"
    done = run(
        "register", shifted_guide, "--to", files.reference, "-o", files.output,
        "--transform", transform,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert read(files.output).grid.is_close(read(files.reference).grid)
    stored = json.loads(transform.read_text())
    assert stored["translation_mm"] == pytest.approx([4, 0, 0], abs=0.5)
    assert "degrees" in done.out


def test_register_to_a_finer_grid(run: Run, files: SimpleNamespace) -> None:
    done = run(
        "register", files.guide, "--to", files.target, "-o", files.output, "--factor", "2", "-q"
    )
    assert (done.code, done.out) == (0, "")
    assert read(files.output).grid.shape == (48, 48, 24)


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_one_file_cannot_be_two_outputs(run: Run, files: SimpleNamespace, more: list[str]) -> None:
    done = run(
        "register", files.guide, "--to", files.target, "-o", files.output,
        "--transform", files.output, *more,
    )  # fmt: skip
    assert done.code == 2
    assert "each output its own name" in done.error
    assert not files.output.exists()
