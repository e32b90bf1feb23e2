"""Scores: the truth is best, a result on another grid is resampled, costs are read."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from studies.peers.scoring import score_file, scores

from crossres.io import write
from crossres.phantom import make_pair
from crossres.physics import degrade, interpolate_volume
from crossres.volume import Volume


@pytest.fixture
def truth() -> Volume:
    return make_pair(0, shape=(40, 46, 4), spacing=4.0)[1]


def test_an_error_outside_the_eroded_mask_counts_over_whole_slices_only(truth: Volume) -> None:
    corner = np.zeros(truth.shape, np.float32)
    corner[0, 0] = truth.data.max() / 10
    found = scores(truth.with_data(truth.data + corner), truth)
    assert math.isfinite(found["psnr"])
    assert found["psnr_eroded"] == math.inf
    assert found["ssim_eroded"] == pytest.approx(1)


def test_files_are_scored_with_their_cost(tmp_path: Path, truth: Volume) -> None:
    scan = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    cubic = interpolate_volume(scan, truth.grid)
    paths = [tmp_path / f"{name}.nii.gz" for name in ("cubic", "scan", "truth", "flipped")]
    for path, volume in zip(paths, (cubic, scan, truth), strict=False):
        write(volume, path)
    write(cubic.reordered((1, 0, 2), (True, False, False)), paths[3])
    (tmp_path / "cubic.json").write_text(json.dumps({"seconds": 2.0, "peak_mb": 300.0}))
    one, other = (score_file(path, paths[1], paths[2]) for path in (paths[0], paths[3]))
    assert (one["resampled"], other["resampled"]) == (False, True)
    assert (one["seconds"], other["seconds"]) == (2.0, "")
    for column in ("psnr", "ssim", "psnr_eroded", "consistency"):
        assert one[column] == pytest.approx(other[column], rel=1e-3)
    best = score_file(paths[2], paths[1], paths[2])
    assert float(str(best["ssim"])) == pytest.approx(1)
    assert float(str(best["consistency"])) < 0.01 * float(str(one["consistency"]))
