"""The smaller verbs: evaluate, degrade, register, weights and info."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import read, write

Run = Callable[..., Any]


def test_degrade_makes_the_scan_and_says_how(run: Run, files: SimpleNamespace) -> None:
    done = run("degrade", files.reference, "--factor", "2,2,1", "-o", files.output)
    assert done.code == 0, done.err
    made, expected = read(files.output), read(files.target)
    assert made.grid.is_close(expected.grid)
    assert np.allclose(made.data, expected.data, atol=1e-3 * expected.data.max())
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert content["fwhm_mm"] == [4.0, 4.0, 0.0]
    assert content["factors"] == [2.0, 2.0, 1.0]
    assert content["noise"] is None
    assert "FWHM" in done.out


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


def test_a_perfect_estimate_scores_perfectly(run: Run, files: SimpleNamespace) -> None:
    output = files.folder / "scores.json"
    done = run(
        "evaluate", files.reference, "--reference", files.reference, "--bicubic", files.target,
        "-o", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    scores = json.loads(output.read_text())["scores"]
    assert scores["estimate"]["mean"]["psnr"] == "inf"
    assert scores["estimate"]["mean"]["ssim"] == pytest.approx(1)
    assert 10 < scores["cubic"]["mean"]["psnr"] < 60
    assert scores["estimate"]["slices"] == len(scores["estimate"]["rows"])
    assert "axial slices" in done.out


def test_the_order_of_voxels_does_not_change_scores(run: Run, files: SimpleNamespace) -> None:
    turned = files.folder / "turned.nii.gz"
    write(read(files.guide).reordered((2, 0, 1), (True, False, True)), turned)
    means = []
    for n, path in enumerate((files.guide, turned)):
        output = files.folder / f"scores{n}.json"
        assert run("evaluate", path, "--reference", files.reference, "-o", output).code == 0
        means.append(json.loads(output.read_text())["scores"]["estimate"]["mean"])
    assert means[0] == pytest.approx(means[1])


def test_the_mask_decides_what_is_inside(run: Run, files: SimpleNamespace) -> None:
    reference = read(files.reference)
    mask = files.folder / "brain.nii.gz"
    write(reference.with_data((reference.data > 500).astype(np.float32)), mask)
    given = ["evaluate", files.guide, "--reference", files.reference]
    without, with_mask = run(*given), run(*given, "--mask", mask)
    assert "what is not 0" in without.out
    assert "mask brain.nii.gz" in with_mask.out
    rows = run(*given, "--per-slice").out.splitlines()
    assert any(row.split()[:2] == ["12", "estimate"] for row in rows)


@pytest.mark.parametrize("role", ["estimate", "mask", "low resolution"])
def test_other_voxels_are_refused(run: Run, files: SimpleNamespace, role: str) -> None:
    estimate = files.target if role == "estimate" else files.reference
    given = ["evaluate", estimate, "--reference", files.reference]
    if role == "mask":
        given += ["--mask", files.target]
    if role == "low resolution":
        elsewhere = files.folder / "elsewhere.nii.gz"
        low = read(files.target)
        write(low.with_data(low.data[:-1], low.grid.with_shape((23, 24, 24))), elsewhere)
        low_moved = read(elsewhere)
        affine = low_moved.grid.affine.copy()
        affine[0, 3] += 9
        write(
            low_moved.with_data(low_moved.data, type(low.grid)(low_moved.grid.shape, affine)),
            elsewhere,
            overwrite=True,
        )
        given += ["--bicubic", elsewhere]
    done = run(*given)
    assert done.code == 2
    assert "; " in done.error


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


def test_info_describes_a_file(run: Run, files: SimpleNamespace) -> None:
    done = run("info", files.target)
    assert done.code == 0
    assert "4 x 4 x 2" in done.out
    assert "RAS" in done.out


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
