"""Scores of files do not depend on the order of voxels; other voxels are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from crossres.io import read, write
from crossres.physics import degrade
from crossres.types import GridError
from crossres.volume import Grid, Volume
from crossres.workflows.evaluate import compare

GRID = Grid((24, 20, 4), np.diag([1.0, 1.0, 2.0, 1.0]))


@pytest.fixture
def reference() -> Volume:
    """Return an ellipsoid with texture, 0 around it."""
    i, j, _ = np.indices(GRID.shape)
    inside = (i - 11.5) ** 2 + (j - 9.5) ** 2 < 64
    texture = np.random.default_rng(0).uniform(500, 900, GRID.shape)
    return Volume(np.where(inside, texture, 0), GRID)


@pytest.fixture
def files(tmp_path: Path, reference: Volume) -> dict[str, Path]:
    estimate = reference.with_data(reference.data + 20 * (reference.data > 0))
    volumes = {
        "reference": reference,
        "estimate": estimate,
        "reordered": estimate.reordered((2, 0, 1), (True, False, True)),
        "low": degrade(reference, GRID.coarsened((2, 2, 1))),
        "mask": reference.with_data((reference.data > 600).astype(np.float32)),
    }
    paths = {name: tmp_path / f"{name}.nii.gz" for name in volumes}
    for name, volume in volumes.items():
        write(volume, paths[name])
    return paths


def test_the_order_of_voxels_does_not_change_scores(files: dict[str, Path]) -> None:
    found = [
        compare(files[name], files["reference"], mask=None, low_resolution=None)
        for name in ("estimate", "reordered")
    ]
    means = [each.scores["estimate"].mean for each in found]
    assert means[0] == pytest.approx(means[1])


def test_a_low_resolution_scan_is_interpolated_and_scored(files: dict[str, Path]) -> None:
    found = compare(files["estimate"], files["reference"], mask=None, low_resolution=files["low"])
    assert set(found.scores) == {"estimate", "cubic"}
    psnr = {name: scores.mean["psnr"] for name, scores in found.scores.items()}
    assert psnr["cubic"] < psnr["estimate"]


def test_the_region_is_described(files: dict[str, Path]) -> None:
    known = compare(files["estimate"], files["reference"], mask=None, low_resolution=None)
    masked = compare(files["estimate"], files["reference"], mask=files["mask"], low_resolution=None)
    assert known.region.startswith("what is not 0")
    assert masked.region == "mask mask.nii.gz"
    assert known.scores["estimate"].mean != masked.scores["estimate"].mean


def test_a_reference_without_exact_zeros_has_a_foreground(
    files: dict[str, Path], reference: Volume, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).uniform(1, 5, GRID.shape)
    path = tmp_path / "noisy.nii.gz"
    write(reference.with_data(reference.data + noise), path)
    assert compare(path, path, mask=None, low_resolution=None).region == "foreground (head)"


def test_the_dictionary_is_json(files: dict[str, Path]) -> None:
    found = compare(files["estimate"], files["reference"], mask=None, low_resolution=None)
    content = json.loads(json.dumps(found.to_dict(), default=str))
    assert list(content) == ["inputs", "inside", "plane", "scores"]
    assert content["inputs"]["estimate"]["file"] == "estimate.nii.gz"


@pytest.mark.parametrize("role", ["estimate", "mask", "low_resolution"])
def test_other_voxels_are_refused(
    files: dict[str, Path], reference: Volume, tmp_path: Path, role: str
) -> None:
    affine = GRID.affine.copy()
    affine[0, 3] += 9
    path = tmp_path / "moved.nii.gz"
    write(reference.with_data(reference.data, Grid(GRID.shape, affine)), path)
    given = {"estimate": files["estimate"], "mask": None, "low_resolution": None, role: path}
    with pytest.raises(GridError, match="; "):
        compare(given.pop("estimate"), files["reference"], **given)


def test_a_coarser_reference_may_have_been_exchanged(files: dict[str, Path]) -> None:
    names = ("reference", "low")
    with pytest.raises(GridError, match="were result and reference exchanged"):
        compare(*(files[name] for name in names), mask=None, low_resolution=None)
    with pytest.raises(GridError) as caught:
        compare(*(files[name] for name in reversed(names)), mask=None, low_resolution=None)
    assert "exchanged" not in str(caught.value)


@pytest.mark.parametrize("offset", [-1024, 1000])
def test_scores_do_not_depend_on_an_offset(
    files: dict[str, Path], tmp_path: Path, offset: int
) -> None:
    names = ("estimate", "reference", "low")
    moved = {name: tmp_path / f"moved-{name}.nii.gz" for name in names}
    for name, path in moved.items():
        volume = read(files[name])
        write(volume.with_data(volume.data + offset), path)
    found = [
        compare(each["estimate"], each["reference"], mask=None, low_resolution=each["low"])
        for each in (files, moved)
    ]
    assert found[0].region == found[1].region
    for method, scores in found[0].scores.items():
        assert found[1].scores[method].mean == pytest.approx(scores.mean, abs=1e-3)
