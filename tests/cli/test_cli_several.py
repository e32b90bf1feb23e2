"""Several scans at the command line: NIfTI, DICOM and BIDS in, one volume and its record out."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.files import sha256
from crossres.io import read, write
from crossres.physics import degrade
from crossres.volume import Volume
from dicom_files import write_files

Run = Callable[..., Any]


def coronal_scan(files: SimpleNamespace) -> Volume:
    """Return a scan of the same head that is coarse along other axes, stored in another order."""
    reference = read(files.reference).reordered((0, 2, 1), (False, True, False))
    scan = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    return scan.with_data(np.rint(scan.data))


@pytest.fixture
def coronal(files: SimpleNamespace) -> Path:
    path: Path = files.folder / "T2_cor.nii.gz"
    write(coronal_scan(files), path)
    return path


def words(files: SimpleNamespace, *scans: object) -> list[object]:
    trusted = ["--no-register"] * (len(scans) > 1)  # one scan alone is registered with nothing
    return [
        "enhance", *scans, "--weights", files.unguided, "--factor", "2", *trusted,
        "-o", files.output,
    ]  # fmt: skip


def error(path: Path, files: SimpleNamespace) -> float:
    return float(np.sqrt(np.square(read(path).data - read(files.reference).data).mean()))


def test_two_scans_become_one_volume(run: Run, files: SimpleNamespace, coronal: Path) -> None:
    one = files.folder / "one.nii.gz"
    assert run(*words(files, files.target)[:-1], one).code == 0
    done = run(*words(files, files.target, coronal), "--report", "--maps")
    assert done.code == 0, done.err
    assert read(files.output).grid.is_close(read(files.reference).grid)
    assert error(files.output, files) < 0.9 * error(one, files)
    assert "scan 2" in done.out
    report = files.output.with_name("SR.html").read_text()
    assert "scan 2" in report
    content = json.loads(files.output.with_name("SR.json").read_text())
    assert content["inputs"]["scan_2"]["sha256"] == sha256(coronal)
    first, second = content["scans"]
    assert first["file"] == "T2.nii.gz"
    assert second["sha256"] == sha256(coronal)
    assert second["registration"]["moved_mm"] == 0
    assert second["intensity_ratio"] == pytest.approx(1, rel=0.03)
    assert second["consistency"]["result"] < 0.1


def test_one_scan_has_no_entries(run: Run, files: SimpleNamespace) -> None:
    run(*words(files, files.target))
    assert json.loads(files.output.with_name("SR.json").read_text())["scans"] == []


def test_what_makes_no_sense_is_refused(run: Run, files: SimpleNamespace, coronal: Path) -> None:
    both = words(files, files.target, coronal)
    for more, text in (
        (("--maps", "--guide-influence"), "--guide-influence"),
        (("--back-projection", "iterative"), "least squares"),
        (("--series", "T2"), "--series"),
    ):
        done = run(*both, *more)
        assert done.code == 2
        assert text in done.error
    done = run(*words(files, files.target, files.folder / "absent.nii.gz"))
    assert done.code == 2
    assert not files.output.exists()


def test_two_series_of_a_dicom_folder(run: Run, files: SimpleNamespace) -> None:
    export = files.folder / "export"
    target = read(files.target)
    write_files(export, target.with_data(np.rint(target.data)), "T2 tse ax")
    write_files(export, coronal_scan(files), "T2 tse cor")
    output = files.folder / "joined"
    chosen = [*words(files, export, export)[:-1], output, "--series", "ax", "--series", "cor"]
    done = run(*chosen)
    assert done.code == 0, done.err
    one = files.folder / "one.nii.gz"
    run(*words(files, files.target)[:-1], one)
    assert error(output, files) < 0.9 * error(one, files)
    content = json.loads(output.with_name("joined.json").read_text())
    assert [scan["series"] for scan in content["scans"]] == ["T2 tse ax", "T2 tse cor"]


def test_a_cohort_joins_by_an_entity(
    run: Run, files: SimpleNamespace, coronal: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "study" / "sub-01" / "anat"
    folder.mkdir(parents=True)
    for path, name in ((files.target, "acq-ax"), (coronal, "acq-cor")):
        write(read(path), folder / f"sub-01_{name}_T2w.nii.gz")
    command = [
        "cohort", tmp_path / "study", tmp_path / "out", "--guide", "none", "--join", "acq",
        "--weights", files.unguided, "--factor", "2", "--no-register",
    ]  # fmt: skip
    done = run(*command)
    assert done.code == 0, done.err
    sidecar = tmp_path / "out" / "sub-01" / "anat" / "sub-01_res-x2_desc-sr_T2w.json"
    content = json.loads(sidecar.read_text())
    assert len(content["scans"]) == 2
    assert len(content["Sources"]) == 2
    assert "kept    1" in run(*command).out
    other = read(coronal)
    other = other.with_data(other.data + 1)
    write(other, folder / "sub-01_acq-cor_T2w.nii.gz", overwrite=True)
    again = run(*command)
    assert again.code == 1
    assert "set of joined scans" in again.err
