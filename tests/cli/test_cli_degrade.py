"""crossres degrade simulates a coarser scan, and records how."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import read

Run = Callable[..., Any]


def test_degrade_makes_and_records_the_scan(run: Run, files: SimpleNamespace) -> None:
    done = run("degrade", files.reference, "--factor", "2,2,1", "-o", files.output)
    assert done.code == 0, done.err
    made, expected = read(files.output), read(files.target)
    assert made.grid.is_close(expected.grid)
    assert np.allclose(made.data, expected.data, atol=1e-3 * expected.data.max())
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert content["fwhm_mm"] == [4.0, 4.0, 0.0]
    assert content["factors"] == [2.0, 2.0, 1.0]
    assert content["noise"] is None
    assert content["VoxelProfiles"] == ["gaussian", "gaussian", None]
    assert "FWHM" in done.out


def test_enhance_reads_the_profiles_that_degrade_records(
    run: Run, files: SimpleNamespace, tmp_path: Path
) -> None:
    coarse, fine = tmp_path / "coarse.nii.gz", tmp_path / "back.nii.gz"
    run("degrade", files.reference, "--factor", "2,2,1", "-o", coarse)
    again = tmp_path / "again.nii.gz"
    run("degrade", coarse, "--factor", "1,1,2", "-o", again)
    known = json.loads(again.with_name("again.json").read_text())["VoxelProfiles"]
    assert known == ["gaussian"] * 3
    line = ("enhance", coarse, "--factor", "2,2,1", "-o", fine, "--overwrite")
    assert run(*line).code == 0
    found = json.loads(fine.with_name("back.json").read_text())
    assert found["plane_profile"]["source"] == "recorded"
    assert found["plane_profile"]["shapes"] == {"i": "gaussian", "j": "gaussian"}
    assert "Gaussian along i, j (recorded in the metadata)" in found["methods"]
    done = run(*line, "--plane-profile", "band-limited")
    assert "the metadata of the target state gaussian" in " ".join(done.err.split())
    found = json.loads(fine.with_name("back.json").read_text())
    assert found["plane_profile"]["source"] == "given"


def test_the_factor_obtained_is_stated(run: Run, files: SimpleNamespace) -> None:
    """24 slices of 2 mm make 5 of 9.6 mm, since no slice can be cut."""
    done = run("degrade", files.reference, "--factor", "1,1,5", "-o", files.output)
    assert "24 slices became 5, 4.8 times as far apart" in " ".join(done.out.split())
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert (content["SliceThickness"], content["factors"]) == (9.6, [1.0, 1.0, 4.8])
    both = run("degrade", files.reference, "--factor", "2", "-o", files.output, "--overwrite")
    shown = " ".join(both.out.split())
    assert "48 along i became 24, 2 times larger; 48 along j became 24, 2 times larger" in shown


def test_slices_of_a_degraded_scan_are_read_as_thick_as_they_are(
    run: Run, files: SimpleNamespace
) -> None:
    line = ("degrade", files.reference, "--factor", "1,1,2", "-o", files.output)
    plain = read(files.reference).grid
    thickness = 1.5 * plain.spacing[2]
    done = run(*line, "--slice-thickness", thickness, "--slice-profile", "slab")
    assert done.code == 0, done.err
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert (content["SliceThickness"], content["profile"]) == (pytest.approx(thickness), "slab")
    assert "rectangle" in content["formula"]
    assert read(files.output).grid.fwhm[2] == pytest.approx(thickness)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--factor", "2,2,1", "--slice-thickness", "3"), "is of one axis"),
        (("--factor", "1,1,2", "--slice-thickness", "300"), "300 mm thick cannot be"),
    ],
)
def test_an_impossible_thickness_is_refused(
    run: Run, files: SimpleNamespace, more: tuple[str, ...], message: str
) -> None:
    done = run("degrade", files.reference, *more, "-o", files.output)
    assert done.code == 2
    assert message in done.error
    assert not files.output.exists()


def test_degrade_adds_noise_by_its_seed(run: Run, files: SimpleNamespace) -> None:
    made = []
    for seed in (1, 1, 2):
        run(
            "degrade", files.reference, "--factor", 2, "--noise", 20, "--seed", seed,
            "-o", files.output, "--overwrite",
        )  # fmt: skip
        made.append(read(files.output).data)
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


@pytest.mark.parametrize("more", [["--factor", "1"], ["--factor", "2", "--noise=-1"]])
def test_degrade_refuses_nonsense(run: Run, files: SimpleNamespace, more: list[str]) -> None:
    done = run("degrade", files.reference, *more, "-o", files.output)
    assert done.code == 2
    assert done.error.startswith("crossres: error: ")
    assert not files.output.exists()
