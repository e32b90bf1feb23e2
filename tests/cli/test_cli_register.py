"""crossres register resamples a guide to the grid of a target."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import read, write

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


def test_register_keeps_the_offset_of_the_guide(run: Run, files: SimpleNamespace) -> None:
    made = []
    for offset in (0, -1024):
        guide, out = files.folder / f"T1{offset}.nii.gz", files.folder / f"moved{offset}.nii.gz"
        volume = read(files.guide)
        write(volume.with_data(volume.data + offset), guide)
        done = run("register", guide, "--to", files.target, "-o", out, "-q")
        made.append(read(out).data)
    assert "warning: the background of the scan is -1024, not 0" in done.err
    assert np.abs(made[1] - (made[0] - 1024)).max() < 1


def test_register_and_enhance_state_the_same_motion(
    run: Run, files: SimpleNamespace, shifted_guide: Path
) -> None:
    moved = files.folder / "moved.nii.gz"
    done = run("register", shifted_guide, "--to", files.target, "-o", moved)
    as_json = run(
        "register", shifted_guide, "--to", files.target, "-o", moved, "--json", "--overwrite"
    )
    enhanced = run(
        "enhance", files.target, "--guide", shifted_guide, "--factor", "2", "-o", files.output,
        "--weights", files.weights, "--keep-guide",
    )  # fmt: skip
    stored = json.loads(files.output.with_name("SR.json").read_text())["registration"]
    printed = json.loads(as_json.out)
    names = ("displacement_mm", "rotation_deg")
    assert [stored[name] for name in names] == pytest.approx([printed[name] for name in names])
    assert stored["displacement_mm"] == pytest.approx(4, abs=0.5)
    assert not {"angle_degrees"} & (stored.keys() | printed.keys())
    distance, angle = (f"{stored[name]:.2f}" for name in names)
    assert f"{distance} mm, {angle} degrees" in enhanced.out
    assert f"{distance} mm, mean over the head" in done.out
    assert f"{angle} degrees" in done.out
