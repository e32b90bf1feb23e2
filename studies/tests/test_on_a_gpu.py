"""The parts of the GPU script, small on the CPU; failures are measured, not raised."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from studies import on_a_gpu, quality
from studies.on_a_gpu import MEASURE, PARTS, SMALL, main, measured

from crossres.training.loop import Training

TINY = replace(SMALL, shape=(40, 40, 24), slices=2, training_seconds=1.0)
SCRIPT = Path(on_a_gpu.__file__).with_suffix(".sh")


def test_all_parts_end_within_eight_minutes() -> None:
    (limits,) = re.findall(r"for part in (.*); do", SCRIPT.read_text())
    named = dict(part.split(":") for part in limits.split())
    assert list(named) == list(PARTS)
    assert sum(map(int, named.values())) <= 480
    assert MEASURE.training_seconds + 30 <= int(named["training"])


def test_the_environment_lists_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_a_gpu, "NEEDED", ("torch", "no_such_package"))
    content = measured("environment", TINY, tmp_path)
    assert content["missing"] == ["no_such_package"]
    assert content["versions"]["torch"]
    assert json.loads((tmp_path / "environment.json").read_text())["part"] == "environment"


def test_the_gpu_tests_exist() -> None:
    root = SCRIPT.parents[1]
    for test in on_a_gpu.GPU_TESTS:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (root / file).read_text()


def test_tests_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = SimpleNamespace(returncode=1, stdout="1 failed, 2 passed, 1 skipped in 3 s", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    content = measured("tests", TINY, tmp_path)
    assert [content[k] for k in ("code", "failed", "passed", "skipped")] == [1, 1, 2, 1]


def test_each_kind_of_weights_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def enhance(coarse: Any, guide: Any, *, factor: Any, **_: Any) -> Any:
        given.append((coarse.grid.refined(factor).shape, guide.grid.shape))
        return SimpleNamespace(weights="tiny", timings={"total": 1.0})

    monkeypatch.setattr("crossres.enhance", enhance)
    content = measured("speed", TINY, tmp_path)
    assert [fine for fine, _ in given] == [guide for _, guide in given]
    assert given[-1][0] == TINY.shape
    assert len(given) == 2 * len(on_a_gpu.KINDS)
    assert content["4x"]["seconds"]["total"] == 1.0


def test_lower_precisions_are_compared_with_float32(tmp_path: Path) -> None:
    content = measured("precision", TINY, tmp_path)
    assert content["fp32"]["db_against_fp32"] is None
    assert 30 < content["bf16"]["db_against_fp32"] < 100
    assert content["bf16"]["psnr"] == pytest.approx(content["fp32"]["psnr"], abs=0.5)


def test_a_training_is_carried_on_elsewhere(
    tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossres.training.recipe", tiny.recipe)
    monkeypatch.setattr(on_a_gpu, "STEPS", 400)
    scale = replace(TINY, patches={}, training_seconds=0.0)
    assert "FileNotFoundError" in measured("training", scale, tmp_path)["error"]
    content = measured("training", replace(scale, training_seconds=60.0), tmp_path)
    assert content["steps"] == 400
    state = torch.load(content["checkpoint"], weights_only=True)["state"]
    assert state["step"] == 400


def test_quality_carries_the_training_on(
    cohort: Path, tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("crossres.training.recipe", "studies.quality.recipe"):
        monkeypatch.setattr(place, tiny.recipe)
    monkeypatch.setattr(on_a_gpu, "STEPS", 50)
    scale = replace(TINY, patches={}, training_seconds=60.0)
    assert measured("training", scale, tmp_path, cohort)["steps"] == 50
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    quality.main(
        data=cohort, name=on_a_gpu.RUN, factor=4.0, steps="50", every=4, register=False,
        runs=tmp_path / "runs", results=tmp_path / "results",
    )  # fmt: skip
    assert (tmp_path / "results" / "gpu.json").is_file()


def test_an_error_is_written_and_is_the_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> dict[str, Any]:
        raise ImportError("no module")

    monkeypatch.setitem(PARTS, "speed", fail)
    assert main(["speed", "--out", str(tmp_path), "--small"]) == 1
    assert "ImportError: no module" in (tmp_path / "speed.json").read_text()
    assert main(["environment", "--out", str(tmp_path), "--small"]) == 0
