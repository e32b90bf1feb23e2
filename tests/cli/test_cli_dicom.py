"""DICOM folders at the command line: listed, chosen, enhanced; no output names the patient."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.files import content_sha256
from crossres.io import read
from crossres.viewer import open_result
from crossres.volume import Volume
from dicom_files import WORDS, write_files

Run = Callable[..., Any]


def rounded(path: Path) -> Volume:
    volume = read(path)
    return volume.with_data(np.rint(volume.data))


@pytest.fixture
def export(files: SimpleNamespace) -> Path:
    """Write target and guide as two series of one folder, which is named after the patient."""
    folder: Path = files.folder / "Testperson_Quintilia"
    write_files(folder, rounded(files.target), "T2 tse of Quintilia")
    write_files(folder, rounded(files.guide), "T1 mprage")
    (folder / "quintilia.txt").write_text("Testperson")
    return folder


def words(files: SimpleNamespace, export: Path, output: Path, *more: object) -> list[object]:
    return [
        "enhance", export, "--series", "tse", "--guide", export, "--guide-series", "T1",
        "--weights", files.weights, "--no-register", "--factor", "2", "-o", output, *more,
    ]  # fmt: skip


def test_info_lists_the_series_of_a_folder(run: Run, export: Path) -> None:
    out = run("info", export).out
    assert [
        word for word in ("T1 mprage", "T2 tse", "axial", "24 x 24", "4 x 4 x 2") if word not in out
    ] == []
    assert "files that are not images: 1" in out
    assert not any(word.lower() in out.lower() for word in WORDS)


def test_info_lists_the_problems_of_a_series(run: Run, files: SimpleNamespace) -> None:
    folder = files.folder / "holed"
    write_files(folder, rounded(files.target), "T2 tse")[5].unlink()
    assert "'T2 tse' lacks 1 slice: a gap of 4.00 mm" in run("info", folder).out


def test_info_describes_one_series(run: Run, export: Path) -> None:
    out = run("info", export, "--series", "T1").out
    assert "T1 mprage" in out
    assert "48 x 48 x 24" in out


def test_a_folder_and_a_nifti_come_out_alike(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    out = files.folder / "fine"
    done = run(*words(files, export, out))
    assert done.code == 0, done.err
    assert run(*words(files, export, files.output)).code == 0
    series, volume = read(out).canonical(), read(files.output).canonical()
    assert series.grid.is_close(volume.grid)
    assert np.abs(series.data - volume.data).max() <= 0.51
    assert f"wrote {out}" in done.out.splitlines()


def test_no_output_names_the_patient(run: Run, files: SimpleNamespace, export: Path) -> None:
    out = files.folder / "fine"
    done = run(*words(files, export, out, "--report"))
    assert done.code == 0, done.err
    content = json.loads((files.folder / "fine.json").read_text())
    assert content["inputs"]["target"]["series"] == "T2 tse of ..."
    assert content["inputs"]["target"]["files"] == 24
    assert len(content["inputs"]["guide"]["sha256"]) == 64
    page = (files.folder / "fine.html").read_text()
    for text in (done.out, done.err, json.dumps(content), page):
        assert not any(word.lower() in text.lower() for word in WORDS)


def test_the_derived_series_names_both_sources(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    from pydicom import dcmread

    out = files.folder / "fine"
    run(*words(files, export, out, "-q"))
    header = dcmread(out / "0012.dcm")
    assert len(header.SourceImageSequence) == 2
    assert header.SeriesDescription == "T2 tse of ... crossres 2x2x1"
    assert "weights tiny@1, with a guide" in header.DerivationDescription


def test_all_three_axes_become_a_derived_series(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    out = files.folder / "fine"
    given = words(files, export, out)
    given[given.index("--factor") + 1] = "2,2,2"
    given[given.index("--weights") + 1] = f"{files.weights},{files.weights}"
    done = run(*given)
    assert done.code == 0, done.err
    assert "tiny@1, then tiny@1" in done.out
    assert read(out).grid.shape == (48, 48, 48)
    content = json.loads((files.folder / "fine.json").read_text())
    assert [made["factors"] for made in content["passes"]] == [[2, 2, 1], [1, 1, 2]]
    assert all(line.startswith("crossres: warning: ") for line in done.err.splitlines())


def test_a_dicom_guide_serves_a_nifti_target(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    given = [
        "enhance", files.target, "--guide", export, "--guide-series", "mprage", "--weights",
        files.weights, "--no-register", "--factor", 2, "-o", files.output,
    ]  # fmt: skip
    assert run(*given).code == 0
    inputs = json.loads(files.output.with_name("SR.json").read_text())["inputs"]
    assert (inputs["target"]["file"], inputs["guide"]["series"]) == ("T2.nii.gz", "T1 mprage")


def test_two_frames_of_reference_are_warned_of(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    other = files.folder / "other visit"
    write_files(other, rounded(files.guide), "T1 mprage", FrameOfReferenceUID="1.2.3.4")
    given = words(files, export, files.output)
    given[given.index("--guide") + 1] = other
    done = run(*given)
    assert done.code == 0, done.err
    assert "headers do not share a frame of reference" in done.error
    assert "1.2.3.4" not in files.output.with_name("SR.json").read_text()
    given.remove("--no-register")
    assert "frame of reference" not in run(*given, "--overwrite").err


def test_a_missing_frame_of_reference_is_no_other_one(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    other = files.folder / "other visit"
    write_files(other, rounded(files.guide), "T1 mprage", FrameOfReferenceUID="")
    given = words(files, export, files.output)
    given[given.index("--guide") + 1] = other
    done = run(*given)
    assert (done.code, done.err) == (0, "")


def test_copies_are_warned_of_and_written_down(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    path = sorted(export.glob("*.dcm"))[0]
    path.with_suffix(".copy").write_bytes(path.read_bytes())
    done = run(*words(files, export, files.output))
    assert "1 exact copy" in done.err
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert any("1 exact copy" in text for text in content["warnings"])


def refused(run: Run, folder: Path, given: list[object], *, code: int = 2) -> str:
    before = sorted(folder.rglob("*"))
    done = run(*given)
    assert done.code == code, done.err
    assert sorted(folder.rglob("*")) == before
    line: str = done.error
    return line


@pytest.mark.parametrize(("option", "at"), [("--series", 2), ("--guide-series", 6)])
def test_a_folder_of_several_series_requires_a_choice(
    run: Run, files: SimpleNamespace, export: Path, option: str, at: int
) -> None:
    given = words(files, export, files.folder / "fine")
    del given[at : at + 2]
    line = refused(run, files.folder, given)
    assert f"choose one with {option}" in line
    assert "'T1 mprage'" in line
    assert not any(word.lower() in line.lower() for word in WORDS)


@pytest.mark.parametrize("name", ["fine.dcm", "fine.png", "Testperson_Quintilia/fine"])
def test_an_output_that_can_be_no_folder_of_slices(
    run: Run, files: SimpleNamespace, export: Path, name: str
) -> None:
    assert "; give" in refused(run, files.folder, words(files, export, files.folder / name))


def test_an_output_folder_in_the_way(run: Run, files: SimpleNamespace, export: Path) -> None:
    out = files.folder / "fine"
    assert run(*words(files, export, out)).code == 0
    assert "--overwrite" in refused(run, files.folder, words(files, export, out))
    assert run(*words(files, export, out, "--overwrite")).code == 0
    (out / "notes.txt").write_text("precious")
    refused(run, files.folder, words(files, export, out, "--overwrite"))


def test_ctrl_c_while_slices_are_written(
    run: Run, files: SimpleNamespace, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crossres.workflows.enhance.files.write_json", stop)
    refused(run, files.folder, words(files, export, files.folder / "fine"), code=130)
    monkeypatch.setattr("crossres.io.dicom.references.source_images", stop)
    refused(run, files.folder, words(files, export, files.folder / "fine"), code=130)


def test_series_are_for_folders(run: Run, files: SimpleNamespace) -> None:
    assert "--series" in refused(run, files.folder, ["info", files.target, "--series", "T2"])


def test_the_other_verbs_read_folders(run: Run, files: SimpleNamespace, export: Path) -> None:
    degraded = files.folder / "coarse.nii.gz"
    done = run("degrade", export, "--series", "T1", "--factor", 2, "-o", degraded)
    assert done.code == 0, done.err
    assert json.loads((files.folder / "coarse.json").read_text())["input"]["series"] == "T1 mprage"
    transform = files.folder / "move.json"
    done = run(
        "register", export, "--series", "T1", "--to", export, "--to-series", "tse", "-o",
        files.output, "--transform", transform,
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads(transform.read_text())["guide"] == "T1 mprage"
    path = write_files(files.folder / "truth", rounded(files.reference), "truth")[0]
    done = run("evaluate", files.folder / "truth", "--reference", path)
    assert done.code == 0, done.err


def test_a_dicom_result_has_a_report_and_maps_that_the_viewer_shows(
    run: Run, files: SimpleNamespace, export: Path
) -> None:
    out = files.folder / "fine"
    done = run(*words(files, export, out, "--report", "--maps"))
    assert done.code == 0, done.err
    assert {path.name for path in files.folder.glob("fine*")} == {
        "fine", "fine.json", "fine.html", "fine.maps",
    }  # fmt: skip
    shown = open_result(out)
    assert shown == open_result(files.folder / "fine.maps")
    assert shown.maps.result.sha256 == content_sha256(out)
    volume, series = read(shown.files["result.nii.gz"]).canonical(), read(out).canonical()
    assert volume.grid.is_close(series.grid)
    assert np.abs(volume.data - series.data).max() <= 0.51
    assert "data:image/png" in (files.folder / "fine.html").read_text()
    (out / "0001.dcm").write_bytes((out / "0002.dcm").read_bytes())
    assert "made for another fine" in run("view", out).error
