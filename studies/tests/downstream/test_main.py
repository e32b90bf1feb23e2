"""Measurements: the truth has no error, and what was measured is not measured again."""

from pathlib import Path

import numpy as np
import pytest
from studies.downstream import __main__ as downstream
from studies.downstream.scans import LesionScan
from studies.peers.cases import Inputs

from crossres.phantom import make_pair
from crossres.physics import degrade, interpolate_volume
from crossres.registration import Registration, RigidTransform
from crossres.reproduction.records import read_rows
from crossres.types import Array3, SettingsError
from crossres.volume import Pair, Volume


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch) -> LesionScan:
    """Return a scan, with the programs of other packages replaced by thresholds."""
    guide, truth = make_pair(0, shape=(40, 46, 6), spacing=4.0)
    target = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    bright = truth.data > np.percentile(truth.data[truth.data > 0], 90)
    inputs = Inputs(Pair(target, truth.grid, guide), None, "labels", "2x")

    def classes(
        images: dict[str, Volume], t1w: Volume, mask: np.ndarray, *_: object
    ) -> dict[str, dict[str, Array3]]:
        levels = np.percentile(truth.data[mask], (33, 66))
        found = {
            name: np.where(mask, 1 + np.digitize(image.data, levels), 0).astype(np.float32)
            for name, image in images.items()
        }
        return {"both": found, "alone": found}

    def register(guide: Volume, *, to: Volume) -> Registration:
        moved = np.eye(4)
        moved[0, 3] = float(np.abs(to.data - truth.data).mean() > 0)
        return Registration(RigidTransform(moved), 1.0, 1.0, 1.0, 1.0, "headers", 0)

    monkeypatch.setattr(downstream, "segment", classes)
    monkeypatch.setattr(downstream, "register_rigid", register)
    return LesionScan(inputs, truth, bright, guide, (0, 1))


def test_the_truth_has_no_error_and_interpolation_has(scan: LesionScan, tmp_path: Path) -> None:
    cubic = interpolate_volume(scan.inputs.pair.target, scan.truth.grid)
    images = {"cubic": cubic, downstream.TRUTH: scan.truth}
    low, true = downstream.measure(scan, images, tmp_path, tmp_path)
    assert true["lesion_volume"] == true["lesion_contrast"] == true["registration_mm"] == 0
    assert true["lesion_dice"] == true["dice_csf_alone"] == true["dice_white_both"] == 1
    assert float(str(low["lesion_dice"])) < 1
    assert low["registration_mm"] == pytest.approx(1)
    assert float(str(low["edge_mm"])) > float(str(true["edge_mm"]))


def test_scans_are_measured_once(
    scan: LesionScan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make() -> LesionScan:
        made.append("scan")
        return scan

    monkeypatch.setattr(downstream, "lesion_scans", lambda *_: iter([("phantom", "2x", make)]))
    monkeypatch.setattr(downstream, "ENHANCED", ("cubic",))
    with pytest.raises(SettingsError, match="install antspyx"):
        downstream.main(tmp_path, tmp_path, tmp_path, tmp_path / "work", tmp_path / "results")
    python = tmp_path / "ants" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for _ in range(2):
        downstream.main(tmp_path, tmp_path, tmp_path, tmp_path / "work", tmp_path / "results")
    assert made == ["scan"]
    rows = read_rows(tmp_path / "results" / "downstream.csv")
    assert [row["method"] for row in rows] == ["cubic", "truth"]
