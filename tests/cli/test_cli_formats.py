"""Every verb takes and makes each format; the maps of a result are NIfTI whatever its format."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from crossres.io import read, write
from crossres.viewer import open_result

Run = Callable[..., Any]


def converted(path: Path, ending: str) -> Path:
    """Write a scan in another format beside it."""
    other = path.with_name(path.name.replace(".nii.gz", ending))
    write(read(path), other)
    return other


@pytest.mark.parametrize("ending", [".mgz", ".nrrd"])
def test_the_result_is_that_of_nifti(run: Run, files: SimpleNamespace, ending: str) -> None:
    words = ["enhance", "--factor", "2,2,1", "--no-register", "--weights", files.weights, "-q"]
    done = run(*words, files.target, "--guide", files.guide, "-o", files.output)
    assert done.code == 0, done.err
    output = files.folder / f"other{ending}"
    scans = [converted(path, ending) for path in (files.target, files.guide)]
    done = run(*words, scans[0], "--guide", scans[1], "-o", output, "--maps", "--report")
    assert done.code == 0, done.err
    expected, found = read(files.output), read(output)
    assert found.grid.is_close(expected.grid, tolerance=1e-3)
    assert np.abs(found.data - expected.data).max() < 1e-3 * np.ptp(expected.data)
    inputs = json.loads((files.folder / "other.json").read_text())["inputs"]
    assert inputs["target"]["file"] == f"T2{ending}"
    shown = open_result(output)
    assert shown == open_result(files.folder / "other.maps")
    assert {name.partition(".")[2] for name in shown.files} == {"nii.gz"}
    assert (files.folder / "other.html").is_file()


@pytest.mark.parametrize("ending", [".mgz", ".nrrd"])
def test_the_other_verbs(run: Run, files: SimpleNamespace, ending: str) -> None:
    scan = converted(files.reference, ending)
    low, moved = files.folder / f"low{ending}", files.folder / f"moved{ending}"
    assert run("degrade", scan, "--factor", "2", "-o", low).code == 0
    assert run("register", files.guide, "--to", low, "-o", moved).code == 0
    assert read(moved).grid.is_close(read(low).grid, tolerance=1e-3)
    assert run("evaluate", scan, "--reference", files.reference, "--low-resolution", low).code == 0
    shown = run("info", low)
    assert shown.code == 0
    assert "4 x 4 x 2" in shown.out
    assert "sform" not in shown.out


def test_a_scan_without_a_position_is_refused_before_the_work(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = nib.load(files.target)
    image.set_sform(None, 0)
    image.set_qform(None, 0)
    nib.save(image, files.target)
    for name in ("workflows.enhance.files.enhance_scans", "registration.register_rigid"):
        monkeypatch.setattr(f"crossres.{name}", lambda *_, **__: pytest.fail("worked"))
    output = files.folder / "SR.nrrd"
    for words in (
        ["enhance", files.target, "--weights", files.unguided],
        ["degrade", files.target, "--factor", "2"],
        ["register", files.guide, "--to", files.target],
    ):
        done = run(*words, "-o", output)
        assert (done.code, output.exists()) == (2, False)
        assert "which only NIfTI can state; give a name ending in .nii.gz" in done.err
