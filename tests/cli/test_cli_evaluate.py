"""crossres evaluate scores an estimate in axial slices."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import read, write

Run = Callable[..., Any]


def test_a_perfect_estimate_scores_perfectly(run: Run, files: SimpleNamespace) -> None:
    output = files.folder / "scores.json"
    done = run(
        "evaluate", files.reference, "--reference", files.reference,
        "--low-resolution", files.target, "-o", output,
    )  # fmt: skip
    assert done.code == 0, done.err
    scores = json.loads(output.read_text())["scores"]
    assert scores["estimate"]["mean"]["psnr"] == "inf"
    assert scores["estimate"]["mean"]["ssim"] == pytest.approx(1)
    assert 10 < scores["cubic"]["mean"]["psnr"] < 60
    assert scores["estimate"]["slices"] == len(scores["estimate"]["rows"])
    assert "axial slices" in done.out
    assert "interpolated (cubic)" in done.out


def test_the_order_of_voxels_does_not_change_scores(run: Run, files: SimpleNamespace) -> None:
    reordered = files.folder / "reordered.nii.gz"
    write(read(files.guide).reordered((2, 0, 1), (True, False, True)), reordered)
    means = []
    for n, path in enumerate((files.guide, reordered)):
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
        given += ["--low-resolution", elsewhere]
    done = run(*given)
    assert done.code == 2
    assert "; " in done.error
