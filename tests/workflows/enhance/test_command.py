"""The recorded command repeats the result, and names no folder."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from crossres.cli import app
from crossres.inference import EnhanceSettings
from crossres.io import Input, find_input, read, write
from crossres.registration import RigidTransform
from crossres.workflows.enhance import Request, enhance_files
from crossres.workflows.enhance.command import command_of
from dicom_files import write_files

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
Make = Callable[..., Request]


def of(request: Request) -> list[str]:
    inputs = {"target": Input(request.target)}
    if request.guide is not None:
        inputs["guide"] = Input(request.guide)
    return shlex.split(command_of(request, inputs, "SR.nii.gz"))


def test_defaults_are_left_out(make: Make) -> None:
    request = replace(make(factor=(2, 2, 1), weights=()), settings=EnhanceSettings(device="cpu"))
    assert of(request) == [
        "crossres", "enhance", "T2w.nii.gz", "--guide", "T1w.nii.gz", "--factor", "2,2,1",
        "-o", "SR.nii.gz",
    ]  # fmt: skip


def test_report_and_maps_are_options(make: Make) -> None:
    request = make(factor=(2, 2, 1), weights=())
    inputs = {"target": Input(request.target)}
    words = shlex.split(command_of(request, inputs, "SR.nii.gz", report=True, maps=True))
    assert words[-2:] == ["--report", "--maps"]


def test_settings_are_options(make: Make) -> None:
    settings = EnhanceSettings(
        register=False, back_projection="iterative", iterations=3, noise=2.5, ensemble=True
    )
    words = of(replace(make(spacing=(1.0,), factor=None), guide=None, settings=settings))
    assert words[3:] == [
        "--spacing", "1", "--weights", "tiny.safetensors,tiny.safetensors", "--no-register",
        "--back-projection", "iterative", "--iterations", "3", "--noise", "2.5", "--ensemble",
        "-o", "SR.nii.gz",
    ]  # fmt: skip


def test_the_command_makes_the_same_result(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make(factor=(2, 2, 1), weights=())
    write(enhance_files(request).enhanced.volume, tmp_path / "expected.nii.gz")
    monkeypatch.chdir(request.target.parent)
    words = [*of(request)[1:-1], str(tmp_path / "SR.nii.gz")]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    made, expected = (read(tmp_path / f"{name}.nii.gz") for name in ("SR", "expected"))
    np.testing.assert_array_equal(made.data, expected.data)


def test_a_given_motion_is_an_option_without_the_name_of_its_file(make: Make) -> None:
    request = replace(make(factor=(2, 2, 1)), transform=RigidTransform.identity())
    words = of(request)
    assert words[words.index("--transform") + 1] == "T1.tfm"


def test_a_series_without_a_description_is_chosen_by_its_uid(make: Make, tmp_path: Path) -> None:
    request = make()
    for uid in ("1.2.3.4444", "1.2.3.5555"):
        write_files(tmp_path, read(request.target), "", SeriesInstanceUID=uid)
    scan = find_input(tmp_path, "5555")
    words = shlex.split(command_of(request, {"target": scan}, "SR.nii.gz"))
    choice = words[words.index("--series") + 1]
    found, expected = find_input(tmp_path, choice).series, scan.series
    assert found is not None
    assert expected is not None
    assert found.key == expected.key == "1.2.3.5555"


def test_series_are_given_for_all_scans_or_for_none(make: Make, tmp_path: Path) -> None:
    request = make()
    write_files(tmp_path, read(request.target), "T2 tse")
    series, file = find_input(tmp_path), Input(request.target)
    for scans, count in (([series, series], 2), ([series, file], 0), ([file, series], 0)):
        inputs = {"target": scans[0], "scan_2": scans[1], "guide": series}
        words = shlex.split(command_of(request, inputs, "SR.nii.gz"))
        assert words.count("--series") == count
        assert words[words.index("--guide-series") + 1] == "T2 tse"
