"""Cases: exported without their truth, and read back as they were."""

from pathlib import Path

import numpy as np
import pytest
from studies.peers import cases
from studies.peers.cases import Inputs, PeerCase, export_case, peer_cases

from crossres.io import read
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.reproduction.simulated import Simulated
from crossres.volume import Pair


def _case(task: str = "2x") -> PeerCase:
    guide, truth = make_pair(0, shape=(32, 36, 6), spacing=5.0)
    scan = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    simulated = Simulated(Pair(scan, truth.grid, guide), truth, (6.0, 6.0, 5.0))
    return PeerCase("phantom_x2", "labels", task, lambda: simulated)


def test_what_is_exported_is_the_scan_and_the_guide_alone(tmp_path: Path) -> None:
    case = _case()
    export_case(case, tmp_path / "lab")
    files = sorted(path.name for path in (tmp_path / "lab" / case.name).iterdir())
    assert files == ["case.json", "guide.nii.gz", "scan.nii.gz"]
    export_case(case, tmp_path / "own", tmp_path / "truth")
    truth = read(tmp_path / "truth" / f"{case.name}.nii.gz")
    np.testing.assert_allclose(truth.data, case.make().reference.data, rtol=1e-6)


def test_inputs_are_read_back(tmp_path: Path) -> None:
    case = _case()
    export_case(case, tmp_path)
    found, pair = Inputs.read(tmp_path / case.name), case.make().pair
    assert (found.factor, found.source, found.task) == (2, "labels", "2x")
    assert found.detail == (6.0, 6.0, 5.0)
    assert found.pair.fine.is_close(pair.fine)
    assert found.pair.target.grid.is_close(pair.target.grid)
    np.testing.assert_allclose(found.pair.target.data, pair.target.data, rtol=1e-6)


def test_a_case_is_exported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = _case()
    export_case(case, tmp_path)
    monkeypatch.setattr(cases, "write", lambda *_, **__: pytest.fail("written again"))
    export_case(case, tmp_path)


@pytest.mark.realdata
def test_all_cases_are_listed(data_root: Path, tmp_path: Path) -> None:
    found = list(peer_cases(data_root, tmp_path))
    assert len({case.name for case in found}) == len(found)
    assert {case.task for case in found} == {"2x", "4x", "slices 4x"}
    assert {case.source for case in found} == {"cohort", "labels", "clinical"}
