"""Results of tools that ran elsewhere are scored beside the others."""

from pathlib import Path

import pytest
from studies.peers import __main__ as peers
from studies.peers.cases import PeerCase
from typer.testing import CliRunner

from crossres.io import write
from crossres.phantom import make_pair
from crossres.physics import degrade, interpolate_volume
from crossres.reproduction.records import read_rows
from crossres.reproduction.simulated import Simulated
from crossres.types import SettingsError
from crossres.volume import Pair


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> PeerCase:
    guide, truth = make_pair(0, shape=(40, 46, 4), spacing=4.0)
    scan = degrade(truth, truth.grid.coarsened((2, 2, 1)))
    simulated = Simulated(Pair(scan, truth.grid, guide), truth)
    found = PeerCase("phantom_x2", "labels", "2x", lambda: simulated)
    monkeypatch.setattr(peers, "peer_cases", lambda *_: iter([found]))
    return found


def test_outputs_of_a_lab_join_the_results(case: PeerCase, tmp_path: Path) -> None:
    lab, simulated = tmp_path / "lab", case.make()
    lab.mkdir()
    write(interpolate_volume(simulated.pair.target, simulated.pair.fine), lab / "phantom_x2.nii.gz")
    folders = ["--runs", tmp_path / "runs", "--work", tmp_path / "work"]
    words = ["--data", tmp_path, *folders, "--results", tmp_path / "results"]
    for name in ("one", "other", "one"):
        command = list(map(str, ["score", *words, "--outputs", f"{name}={lab}"]))
        result = CliRunner().invoke(peers.app, command, catch_exceptions=False)
        assert result.exit_code == 0
    rows = read_rows(tmp_path / "results" / "peers.csv")
    assert sorted(row["method"] for row in rows) == ["one", "other"]
    assert rows[0]["psnr"] == rows[1]["psnr"]
    assert rows[0]["licence"] == ""


@pytest.mark.parametrize("outputs", ["synthsr", "cubic=folder"])
def test_outputs_need_a_folder_and_a_new_name(case: PeerCase, tmp_path: Path, outputs: str) -> None:
    with pytest.raises(SettingsError, match="NAME=FOLDER"):
        peers.score([outputs], tmp_path, tmp_path, tmp_path, tmp_path)


def test_means_are_over_the_cases_of_task_source_and_method() -> None:
    row = dict.fromkeys(peers.COLUMNS, 1.0) | {"task": "2x", "source": "labels", "method": "a"}
    found = peers.tabulate([row, row | {"psnr": 3.0, "seconds": ""}, row | {"task": "4x"}])
    assert [(mean["task"], mean["cases"]) for mean in found] == [("2x", 2), ("4x", 1)]
    assert (found[0]["psnr"], found[0]["seconds"]) == (2.0, 1.0)
