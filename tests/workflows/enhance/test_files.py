"""One scan from files to files: beats interpolation, loads weights once, writes all or none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.files import sha256
from crossres.inference import EnhanceSettings
from crossres.io import read, write
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.types import CrossresWarning, FileFormatError, OutputExistsError
from crossres.volume import Volume
from crossres.weights import load_weights
from crossres.workflows.enhance import (
    EnhancedFiles,
    Request,
    enhance_files,
    output_paths,
    write_outputs,
)
from crossres.workflows.enhance.files import earlier_companions
from crossres.workflows.enhance.target_grid import target_grid

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
Make = Callable[..., Request]
INFLUENCE = EnhanceSettings(register=False, device="cpu", guide_influence=True)


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Write a digital phantom, its T2w coarse along all three axes; return paths and reference."""
    folder = tmp_path_factory.mktemp("head")
    guide, reference = make_pair(101, shape=(88, 104, 88), spacing=2.0, slices=(34, 58))
    target = degrade(reference, reference.grid.coarsened((2, 2, 3)))
    write(guide, folder / "T1.nii.gz")
    write(target, folder / "T2.nii.gz")
    return SimpleNamespace(
        target=folder / "T2.nii.gz", guide=folder / "T1.nii.gz", reference=reference
    )


def error(volume: Volume, reference: Volume) -> float:
    return float(np.square(volume.data - reference.data).mean())


@pytest.mark.parametrize("guided", [True, False])
def test_the_shipped_weights_are_better_than_interpolation(
    make: Make, head: SimpleNamespace, guided: bool
) -> None:
    guide = head.guide if guided else None
    done = enhance_files(
        make(target=head.target, guide=guide, factor=(2, 2, 3), weights=())
    ).enhanced
    assert done.volume.grid.is_close(head.reference.grid)
    assert error(done.volume, head.reference) < 0.7 * error(done.interpolated, head.reference)
    assert done.consistency.result < 0.01 < done.consistency.interpolation
    in_plane, across = "t2-axial-x2@2", "t2-through-plane-x3@2"
    both = f"t1-{in_plane} and {in_plane}, then t1-{across}"
    assert done.weights == (both if guided else f"{in_plane}, then {across}")


def test_no_weights_are_loaded_twice_for_a_pass(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def load(name: str) -> Any:
        loaded.append(name)
        return load_weights(name)

    monkeypatch.setattr("crossres.weights.choose.load_weights", load)
    enhance_files(make(factor=(2, 2, 1), weights=(), settings=INFLUENCE))
    assert sorted(loaded) == ["t1-t2-axial-x2", "t2-axial-x2"]


def test_outputs_appear_together_and_never_over_others(done: EnhancedFiles, tmp_path: Path) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True, maps=True)
    assert [path.name for path in paths] == ["SR.nii.gz", "SR.json", "SR.html", "SR.maps"]
    write_outputs(done, paths, overwrite=False)
    assert all(path.exists() for path in paths)
    assert read(paths[0]).grid.is_close(done.enhanced.volume.grid)
    assert json.loads(paths[1].read_text())["weights"] == done.enhanced.weights
    paths[0].unlink()
    with pytest.raises(OutputExistsError, match="`overwrite`"):
        write_outputs(done, paths, overwrite=False)
    assert not paths[0].exists()


def test_the_json_file_describes_the_volume_beside_it(done: EnhancedFiles, tmp_path: Path) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True)
    write_outputs(done, paths, overwrite=False)
    content = json.loads(paths[1].read_text())
    assert content["result"] == {"file": "SR.nii.gz", "sha256": sha256(paths[0])}
    assert content["pictures"] == {"SR.html": "made"}
    assert {"writing", "pictures"} <= set(content["timings_seconds"])


def test_all_totals_are_one_number_that_includes_pictures_and_maps(
    done: EnhancedFiles, tmp_path: Path
) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True, maps=True)
    returned = write_outputs(done, paths, overwrite=False)["timings_seconds"]
    recorded = json.loads(paths[1].read_text())["timings_seconds"]
    assert recorded == pytest.approx(returned)
    steps = sum(seconds for step, seconds in recorded.items() if step != "total")
    assert recorded["total"] == pytest.approx(steps)
    assert f"<td>{recorded['total']:.1f}\u00a0s (without" in paths[2].read_text("utf-8")


def test_the_command_has_the_options_for_report_and_maps(
    done: EnhancedFiles, tmp_path: Path
) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True, maps=True)
    write_outputs(done, paths, overwrite=False)
    command = json.loads(paths[1].read_text())["command"]
    assert command.endswith("-o SR.nii.gz --report --maps")


def test_a_report_without_maps_has_the_predicted_error_too(
    done: EnhancedFiles, tmp_path: Path
) -> None:
    for report, maps in ((True, False), (False, True), (False, False)):
        paths = output_paths(tmp_path / "SR.nii.gz", report=report, maps=maps)
        write_outputs(done, paths, overwrite=True)
        content = json.loads(paths[1].read_text())
        assert ("predicted_error" in content) == (report or maps)
        assert ("predicted_error" in content["timings_seconds"]) == (report or maps)


def test_a_report_that_cannot_be_drawn_costs_no_result(
    done: EnhancedFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("latex was not found")

    monkeypatch.setattr("crossres.workflows.enhance.report.report_of", fail)
    paths = output_paths(tmp_path / "SR.nii.gz", report=True)
    with pytest.warns(CrossresWarning, match=r"SR\.html was not made: latex was not found"):
        write_outputs(done, paths, overwrite=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["SR.json", "SR.nii.gz"]
    content = json.loads(paths[1].read_text())
    assert content["pictures"] == {"SR.html": "not made: latex was not found"}
    assert content["result"]["sha256"] == sha256(paths[0])


def test_volume_and_json_file_are_complete_before_anything_is_drawn(
    done: EnhancedFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True)

    def look(*_: object) -> None:
        content = json.loads(paths[1].read_text())
        assert content["pictures"] == {"SR.html": "pending"}
        assert content["result"]["sha256"] == sha256(paths[0])
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.workflows.enhance.report.report_of", look)
    with pytest.raises(KeyboardInterrupt):
        write_outputs(done, paths, overwrite=False)
    assert read(paths[0]).data.any()


def test_a_result_that_was_replaced_meanwhile_has_no_report_of_this_one(
    done: EnhancedFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True)
    theirs = {"result": {"file": "SR.nii.gz", "sha256": "theirs"}}

    def draw(_: object, file: Path) -> None:
        file.write_text("a report")
        paths[1].write_text(json.dumps(theirs))  # by another process

    monkeypatch.setattr("crossres.workflows.enhance.report.write_report", draw)
    with pytest.warns(CrossresWarning, match="replaced by another process"):
        write_outputs(done, paths, overwrite=False)
    assert json.loads(paths[1].read_text()) == theirs
    assert not paths[2].exists()


def test_report_and_maps_of_an_earlier_result_go_with_it(
    done: EnhancedFiles, tmp_path: Path
) -> None:
    paths = output_paths(tmp_path / "SR.nii.gz", report=True, maps=True)
    write_outputs(done, paths, overwrite=False)
    write_outputs(done, paths[:2], overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["SR.json", "SR.nii.gz"]


def test_files_of_the_user_are_no_companions(done: EnhancedFiles, tmp_path: Path) -> None:
    (tmp_path / "SR.html").write_text("<h1>my notes</h1>")
    (tmp_path / "SR.maps").mkdir()
    (tmp_path / "SR.maps" / "treasure.txt").write_text("gold")
    assert earlier_companions(tmp_path / "SR.nii.gz") == []
    paths = output_paths(tmp_path / "SR.nii.gz", report=False)
    write_outputs(done, paths, overwrite=True)
    assert (tmp_path / "SR.html").read_text() == "<h1>my notes</h1>"
    assert (tmp_path / "SR.maps" / "treasure.txt").exists()


@pytest.mark.parametrize("fate", ["was changed", "was removed"])
def test_the_json_file_names_the_bytes_that_were_read(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    scan = tmp_path / "T2w.nii.gz"
    shutil.copy(make().target, scan)
    request = make(target=scan, factor=(2, 2, 1), weights=())
    before, real = sha256(request.target), target_grid

    def meanwhile(*grids: Any, **factors: Any) -> Any:
        request.target.unlink()
        if fate == "was changed":
            request.target.write_bytes(b"another scan")
        return real(*grids, **factors)

    monkeypatch.setattr("crossres.workflows.enhance.files.target_grid", meanwhile)
    with pytest.warns(CrossresWarning, match=f"T2w.nii.gz: it {fate} after it was read"):
        done = enhance_files(request)
    paths = output_paths(tmp_path / "SR.nii.gz", report=False)
    write_outputs(done, paths, overwrite=False)
    content = json.loads(paths[1].read_text())
    assert content["inputs"]["target"]["sha256"] == before
    assert fate in content["warnings"][-1]


def test_an_output_has_a_known_ending(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="ending in"):
        output_paths(tmp_path / "SR.png", report=False)
    folder = output_paths(tmp_path / "SR", report=True, dicom=True)
    assert [path.name for path in folder] == ["SR", "SR.json", "SR.html"]
