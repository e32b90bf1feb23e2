"""The folder of maps holds the scan, the added detail and the residual."""

from pathlib import Path

import numpy as np
import pytest
import torch

from crossres.files import sha256
from crossres.inference import Cascade, Enhanced, PredictedError, Result, super_resolve
from crossres.io import read, write
from crossres.networks import GuidedRDN
from crossres.physics import Acquisition, BackProjection, Consistency
from crossres.registration import Aligned
from crossres.report.checks import checks_of, residual_of
from crossres.report.map_folder import draw_maps, fill_folder
from crossres.report.maps import read_maps
from crossres.report.verdict import verdict_of
from crossres.volume import Background, Grid, Pair, Volume


def cascade(kind: str, *, guided: bool = True) -> Cascade:
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=2, width=6, guided=guided, norm="none")
    with torch.no_grad():
        for parameter in network.out.parameters():
            parameter.normal_(0, 0.2)
    return Cascade((network,), back_projection=BackProjection(kind))  # type: ignore[arg-type]


@pytest.fixture(params=[((0, 1, 2), (False,) * 3), ((2, 0, 1), (True, False, True))])
def pair(request: pytest.FixtureRequest) -> Pair:
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = -12, -14, 5
    coarse = Grid((12, 14, 5), affine)
    fine = coarse.refined((2, 2, 1))
    random = np.random.default_rng(0)
    scan = Volume((100 + 900 * random.random(coarse.shape)).round(), coarse, stored_dtype="int16")
    guide = Volume(5000 * random.random(fine.shape), fine)
    order, flips = request.param
    return Pair(
        scan.reordered(order, flips), fine.reordered(order, flips), guide.reordered(order, flips)
    )


def filled(pair: Pair, result: Result, folder: Path) -> Path:
    write(result.volume, folder / "SR.nii.gz")
    (folder / "SR.maps").mkdir()
    enhanced = Enhanced(pair, Aligned(pair), result, (), None, (), {})
    verdict = verdict_of(enhanced, checks_of(enhanced))
    fill_folder(enhanced, folder / "SR.nii.gz", folder / "SR.maps", verdict)
    return folder / "SR.maps"


def test_everything_is_there_and_adds_up(pair: Pair, tmp_path: Path) -> None:
    result = super_resolve(cascade("none"), pair)
    folder = filled(pair, result, tmp_path)
    maps = read_maps(folder)
    files = {entry.name: read(folder / entry.file) for entry in maps.volumes}
    assert {path.name for path in folder.iterdir()} == {
        "maps.json", *(entry.file for entry in maps.volumes),
    }  # fmt: skip
    assert maps.result.sha256 == sha256(tmp_path / "SR.nii.gz")
    assert np.array_equal(files["input"].data, pair.target.data)
    assert files["input"].grid.is_close(pair.target.grid)
    assert np.allclose(files["guide"].data, pair.guide.data)
    for name in ("interpolated", "guide", "difference"):
        assert files[name].grid.is_close(pair.fine)
    step = 2e-4 * 1000
    added = result.volume.data - result.interpolated.data
    assert np.abs(files["difference"].data - added).max() < step
    assert np.abs(files["interpolated"].data - result.interpolated.data).max() < step


@pytest.mark.parametrize("kind", ["none", "exact"])
def test_the_residual_is_what_the_consistency_counts(pair: Pair, kind: str) -> None:
    result = super_resolve(cascade(kind), pair)
    left = residual_of(pair, result.volume)
    assert left.grid.is_close(pair.target.grid)
    share = np.linalg.norm(left.data) / np.linalg.norm(pair.target.data)
    assert share == pytest.approx(result.consistency.result, rel=1e-4)


def test_the_residual_of_a_scan_that_is_explained_is_zero_and_can_be_written(
    pair: Pair, tmp_path: Path
) -> None:
    x = Volume(np.full(pair.fine.shape, 7.0), pair.fine)
    y = Acquisition(pair.fine, pair.target.grid).forward(torch.from_numpy(x.data)[None, None])
    scan = pair.target.with_data(y[0, 0].numpy())
    result = Result(x, x, Consistency(0.0, 0.0), 0.0)
    folder = filled(Pair(scan, pair.fine), result, tmp_path)
    ranges = {entry.name: entry.range for entry in read_maps(folder).volumes}
    assert all(low < high for low, high in ranges.values())
    assert ranges["difference"][1] == pytest.approx(0.05 * 7)


def test_scan_and_results_share_one_range_and_maps_are_even(pair: Pair, tmp_path: Path) -> None:
    maps = read_maps(filled(pair, super_resolve(cascade("none"), pair), tmp_path))
    ranges = {entry.name: entry.range for entry in maps.volumes}
    assert ranges["input"] == ranges["interpolated"] == maps.result.range
    assert ranges["guide"][1] > 2 * ranges["input"][1]
    for name in ("difference", "residual"):
        assert ranges[name][0] == -ranges[name][1] < 0
    assert ranges["residual"][1] == pytest.approx(0.05 * ranges["input"][1])
    assert {entry.name for entry in maps.volumes if entry.role == "map"} == {
        "difference", "residual",
    }  # fmt: skip
    assert maps.verdict["level"] in ("good", "doubtful", "bad")


def test_without_a_guide_there_is_none(pair: Pair, tmp_path: Path) -> None:
    alone = Pair(pair.target, pair.fine)
    folder = filled(alone, super_resolve(cascade("exact", guided=False), alone), tmp_path)
    assert "guide" not in {entry.name for entry in read_maps(folder).volumes}
    assert not (folder / "guide.nii.gz").exists()


def test_predicted_error_and_influence_are_two_more_maps(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = super_resolve(cascade("none"), pair)
    predicted = PredictedError(result.volume.with_data(np.abs(result.volume.data)), 1.62, ())
    monkeypatch.setattr("crossres.inference.enhanced.predict_error", lambda _: predicted)
    drawn = draw_maps(Enhanced(pair, Aligned(pair), result, (), result.volume, (), {}))
    entries = {entry.name: entry for entry, _ in drawn}
    assert [entry.name for entry, _ in drawn[-2:]] == ["predicted_error", "guide_influence"]
    assert entries["predicted_error"].range[0] == 0
    assert "1.62 times" in entries["predicted_error"].meaning
    low, high = entries["guide_influence"].range
    assert low == -high < 0


def test_images_and_the_result_share_the_intensities_of_the_scan(pair: Pair) -> None:
    result = super_resolve(cascade("none"), pair)
    given = Pair(pair.target.with_data(pair.target.data - 1024), pair.fine)
    both = [
        Enhanced(pair, Aligned(one), result, (), None, (), {}, Background(air))
        for one, air in ((pair, 0.0), (given, -1024.0))
    ]
    plain, moved = ({entry.name: (entry, v) for entry, v in draw_maps(one)} for one in both)
    for name in ("input", "interpolated"):
        assert np.allclose(moved[name][1].data, plain[name][1].data - 1024, atol=1e-3)
        assert moved[name][0].range == tuple(end - 1024 for end in plain[name][0].range)
    for name in ("guide", "difference", "residual"):
        assert np.array_equal(moved[name][1].data, plain[name][1].data)
