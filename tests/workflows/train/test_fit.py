"""A training resumes to the same weights, and its folder belongs to it alone."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from crossres.files import sha256
from crossres.io import find_cases, read, write
from crossres.types import OutputWriteError, SettingsError, TrainingError
from crossres.workflows.train import fit_recipe, identify_inputs
from crossres.workflows.train.preparation import Preparation


def test_a_training_resumes_to_the_same_weights(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder)
    whole, _ = fit_recipe(scans, small.plan(), work=tmp_path / "whole")

    def stop(step: int, steps: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_recipe(scans, small.plan(), work=tmp_path / "parts", progress=stop)
    resumed, curves = fit_recipe(scans, small.plan(), work=tmp_path / "parts")
    for a, b in zip(whole.networks[0].parameters(), resumed.networks[0].parameters(), strict=True):
        assert torch.equal(a, b)
    assert [len(curve) for curve in curves] == [2]


def test_checkpoints_belong_to_one_training(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans, work = small.training_set(folder), tmp_path / "work"
    fit_recipe(scans, small.plan(2), work=work)
    fit_recipe(scans, small.plan(2), work=work)
    fewer = replace(scans, names=("sub-0",))
    more = replace(scans, simulated=scans.examples)
    for other, plan in ((scans, small.plan(4)), (fewer, small.plan(2)), (more, small.plan(2))):
        with pytest.raises(SettingsError, match="give another `work` folder"):
            fit_recipe(other, plan, work=work)
    with pytest.raises(SettingsError, match="give another `work` folder"):
        fit_recipe(scans, small.plan(2), work=work, inputs={"registered": True})


def test_the_record_holds_what_differs_from_the_defaults(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    fit_recipe(small.training_set(folder), small.plan(2), work=tmp_path / "work")
    record = json.loads((tmp_path / "work" / "training.json").read_text())
    assert list(record) == ["plan", "factor", "cases", "simulated"]
    assert record["plan"]["regime"]["learning"]["training"] == {"steps": 2, "epoch": 2}
    assert record["cases"] == ["sub-0", "sub-1"]


def test_the_record_holds_what_was_done_to_each_scan(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans = small.training_set(folder)
    treated = replace(scans, preparations=(Preparation(), Preparation(apodised="ij", noise=0.03)))
    fit_recipe(treated, small.plan(2), work=tmp_path / "work")
    record = json.loads((tmp_path / "work" / "training.json").read_text())
    assert record["prepared"] == [{}, {"apodised": "ij", "noise": 0.03}]
    fit_recipe(treated, small.plan(2), work=tmp_path / "work")
    with pytest.raises(SettingsError, match="give another `work` folder"):
        fit_recipe(scans, small.plan(2), work=tmp_path / "work")


def test_inputs_are_identified_by_their_content(folder: Path) -> None:
    identity = identify_inputs(find_cases(folder), registered=True)
    sums = [{"file": path.name, "sha256": sha256(path)} for path in sorted(folder.iterdir())]
    assert identity["registered"] is True
    assert sorted(identity["files"], key=lambda entry: entry["file"]) == sums


def test_other_scans_of_the_same_size_are_another_training(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    for path in folder.iterdir():
        write(read(path), path.with_suffix(""))
        path.unlink()

    def fit() -> None:
        inputs = identify_inputs(find_cases(folder), registered=False)
        fit_recipe(small.training_set(folder), small.plan(2), work=tmp_path / "work", inputs=inputs)

    fit()
    fit()
    path = folder / "sub-0_T2w.nii"
    scan, size = read(path), path.stat().st_size
    write(scan.with_data(scan.data[::-1].copy()), path, overwrite=True)
    assert path.stat().st_size == size
    with pytest.raises(SettingsError, match="other settings or cases"):
        fit()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b"{",
        b'{"plan": NaN',
        b"[" * 5000,
        '{"plan": "ü"'.encode("latin-1"),
    ],
)
def test_a_damaged_record_is_named(
    folder: Path, tmp_path: Path, small: SimpleNamespace, content: bytes
) -> None:
    scans, work = small.training_set(folder), tmp_path / "work"
    fit_recipe(scans, small.plan(2), work=work)
    (work / "training.json").write_bytes(content)
    with pytest.raises(SettingsError, match=r"training\.json is damaged; remove it and the check"):
        fit_recipe(scans, small.plan(2), work=work)
    assert not (work / "lock").exists()


def test_checkpoints_without_their_record_are_of_an_unknown_training(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans, work = small.training_set(folder), tmp_path / "work"
    fit_recipe(scans, small.plan(2), work=work)
    (work / "training.json").unlink()
    with pytest.raises(SettingsError, match="other settings or cases; remove it, or give"):
        fit_recipe(scans, small.plan(2), work=work)
    assert {path.name for path in work.iterdir()} == {"stage-1.pt"}


def test_a_training_that_ends_before_its_first_checkpoint_leaves_nothing(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    plan = small.plan().with_training(rate=1e30)
    with pytest.raises(TrainingError, match="training diverged"):
        fit_recipe(small.training_set(folder), plan, work=tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_second_training_in_the_same_folder_is_refused(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    scans, work = small.training_set(folder), tmp_path / "work"

    def start_another(step: int, steps: int) -> None:
        with pytest.raises(OutputWriteError, match=f"is in use by process {os.getpid()} on "):
            fit_recipe(scans, small.plan(2), work=work)

    fit_recipe(scans, small.plan(2), work=work, progress=start_another)
    assert {path.name for path in work.iterdir()} == {"stage-1.pt", "training.json"}


def test_a_file_in_the_place_of_the_folder(
    folder: Path, tmp_path: Path, small: SimpleNamespace
) -> None:
    (tmp_path / "work").write_text("precious")
    with pytest.raises(OutputWriteError, match="cannot write lock"):
        fit_recipe(small.training_set(folder), small.plan(2), work=tmp_path / "work")
    assert (tmp_path / "work").read_text() == "precious"
