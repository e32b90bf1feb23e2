"""One scan by default rules, cases of a table one after the other, and motions from files."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import read, read_grid

Run = Callable[..., Any]


def sidecar(files: SimpleNamespace) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files.output.with_name("SR.json").read_text())
    return content


def test_without_a_factor_the_result_is_isotropic(run: Run, files: SimpleNamespace) -> None:
    words = ["enhance", files.target, "--weights", files.unguided, "-o", files.output]
    done = run(*words)
    assert done.code == 0, done.err
    assert read_grid(files.output).spacing == pytest.approx((2, 2, 2))
    rule = "isotropic at the finest voxel size of the scan"
    assert f"target grid 2 x 2 x 2 mm: {rule}; choose with --factor or --spacing" in done.err
    assert sidecar(files)["target_grid"] == rule
    run(*words, "--factor", "2,2,1", "--overwrite")
    assert sidecar(files)["target_grid"] == "given by the user"


def test_an_isotropic_scan_needs_a_factor(run: Run, files: SimpleNamespace) -> None:
    done = run("enhance", files.reference, "--weights", files.unguided, "-o", files.output)
    assert done.code == 2
    assert "is isotropic (2 mm)" in done.error
    assert "give a --factor, such as 2,2,2, or a --spacing in mm" in done.error


@pytest.mark.parametrize(
    "given", [["enhance"], ["enhance", "{target}"], ["enhance", "-o", "a.nii"]]
)
def test_a_scan_and_an_output_are_required(
    run: Run, files: SimpleNamespace, given: list[str]
) -> None:
    done = run(*(word.format(target=files.target) for word in given))
    assert done.code == 2
    assert "give `crossres enhance T2.nii.gz -o SR.nii.gz`, or --table" in done.error


def table(files: SimpleNamespace, *rows: str) -> Path:
    path: Path = files.folder / "cases.csv"
    path.write_text("\n".join(["target,output,factor", *rows]) + "\n")
    return path


def test_a_table_is_carried_through_whatever_fails(run: Run, files: SimpleNamespace) -> None:
    path = table(files, "T2.nii.gz,a.nii.gz,", "gone.nii.gz,b.nii.gz,", "T2.nii.gz,c.nii.gz,4x4x1")
    words = ["enhance", "--table", path, "--weights", files.unguided, "--spacing", "2"]
    done = run(*words)
    assert done.code == 1
    assert read(files.folder / "a.nii.gz").shape == (48, 48, 24)
    assert read(files.folder / "c.nii.gz").shape == (96, 96, 24)
    assert not (files.folder / "b.nii.gz").exists()
    assert "failed: b.nii.gz: " in done.err
    assert "3 scans, 1 failed" in done.out

    before = (files.folder / "a.nii.gz").stat().st_mtime_ns
    table(files, "T2.nii.gz,a.nii.gz,", "T2.nii.gz,b.nii.gz,")
    again = run(*words, "--skip-existing")
    assert (again.code, (files.folder / "a.nii.gz").stat().st_mtime_ns) == (0, before)
    assert [line.split()[-1] for line in again.out.splitlines()[-3:-1]] == ["kept", "made"]


def test_options_of_a_guide_need_one_row_with_a_guide(run: Run, files: SimpleNamespace) -> None:
    path = files.folder / "cases.csv"
    words = ["enhance", "--table", path, "--factor", "2", "--no-register"]
    path.write_text("target,output,guide\nT2.nii.gz,a.nii.gz,\n")
    assert "--no-register acts on a guide, and there is none" in run(*words).error
    path.write_text("target,output,guide\nT2.nii.gz,a.nii.gz,\nT2.nii.gz,b.nii.gz,T1.nii.gz\n")
    assert run(*words).code == 0


def test_a_defect_does_not_stop_the_others(
    run: Run, files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody expected this")

    monkeypatch.setattr("crossres.cli.enhance_cases._request", fail)
    path = table(files, "T2.nii.gz,a.nii.gz,", "T2.nii.gz,b.nii.gz,")
    done = run("enhance", "--table", path, "-q")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("ZeroDivisionError: nobody expected this") == 2
    assert done.err.count("a defect of crossres") == 2


def test_what_the_rows_state_is_refused_beside_a_table(run: Run, files: SimpleNamespace) -> None:
    path = table(files, "T2.nii.gz,a.nii.gz,")
    done = run("enhance", "--table", path, "--guide", files.guide)
    assert (done.code, "leave --guide out" in done.error) == (2, True)
    done = run("enhance", files.target, "--table", path)
    assert (done.code, "leave scans out" in done.error) == (2, True)
    done = run("enhance", "--table", path, "--overwrite", "--skip-existing")
    assert (done.code, "--skip-existing exclude each other" in done.error) == (2, True)


def test_an_output_that_exists_is_kept(run: Run, files: SimpleNamespace) -> None:
    words = ["enhance", files.target, "--weights", files.unguided, "-o", files.output]
    assert run(*words).code == 0
    assert run(*words).code == 2
    done = run(*words, "--skip-existing")
    assert (done.code, done.out) == (0, "")
    assert done.error.endswith("SR.nii.gz exists and is kept")


def test_a_motion_from_a_file_replaces_the_registration(
    run: Run, files: SimpleNamespace, shifted_guide: Path
) -> None:
    motion, moved = files.folder / "T1.tfm", files.folder / "moved.nii.gz"
    words = ["register", shifted_guide, "--to", files.reference, "-o", moved]
    assert run(*words, "--transform", motion).code == 0
    scan = ["enhance", files.target, "--guide", shifted_guide, "--factor", "2,2,1", "--weights",
            files.weights, "-o", files.output]  # fmt: skip
    done = run(*scan, "--transform", motion)
    assert done.code == 0, done.err
    content = sidecar(files)
    assert content["registration"] is None
    assert np.array(content["transform"]["matrix"])[:3, 3] == pytest.approx([4, 0, 0], abs=0.5)
    assert re.search(r"moved by the given transform: (3\.[5-9]|4\.[0-4])", done.out)
    guided = read(files.output).data
    scan[3] = files.guide  # where it was before it was shifted
    run(*scan, "--no-register", "--overwrite")
    assert np.abs(read(files.output).data - guided).mean() < 0.02 * np.ptp(guided)


@pytest.mark.parametrize("more", [["--no-register"], ["--start", "centres"]])
def test_a_motion_and_a_registration_exclude_each_other(
    run: Run, files: SimpleNamespace, more: list[str]
) -> None:
    motion = files.folder / "T1.tfm"
    motion.write_text(
        "#Insight Transform File V1.0\n#Transform 0\nTransform: TranslationTransform_double_3_3\n"
        "Parameters: 1 2 3\nFixedParameters:\n"
    )
    words = ["enhance", files.target, "--factor", "2", "--transform", motion, "-o", files.output]
    done = run(*words, "--guide", files.guide, "--weights", files.weights, *more)
    assert (done.code, "leave out --start and --no-register" in done.error) == (2, True)
    done = run(*words, "--weights", files.unguided)
    assert (done.code, "--transform acts on a guide, and there is none" in done.error) == (2, True)
