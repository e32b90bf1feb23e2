"""A finished request holds its sidecar, which is made once."""

import time
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest

from crossres.files import sha256
from crossres.workflows.enhance import EnhancedFiles
from crossres.workflows.enhance import result as module
from crossres.workflows.enhance.result import with_time

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def test_the_sidecar_is_made_once(done: EnhancedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    first = done.sidecar
    monkeypatch.setattr(module, "sidecar_of", lambda *_: pytest.fail("made again"))
    assert done.sidecar is first


def test_the_sidecar_describes_this_result(done: EnhancedFiles) -> None:
    assert done.sidecar["weights"] == done.enhanced.weights
    assert set(done.inputs) == {"target", "guide"}


def test_results_are_fixed_and_compared_by_identity(done: EnhancedFiles) -> None:
    assert done == done
    assert done != replace(done)
    with pytest.raises(FrozenInstanceError):
        done.request = done.request  # type: ignore[misc]


def test_what_is_recorded_names_the_result_and_the_command(
    done: EnhancedFiles, tmp_path: Path
) -> None:
    (tmp_path / "SR.nii.gz").write_bytes(b"volume")
    content: Any = done.recorded(done.sidecar, tmp_path / "SR.nii.gz", time.perf_counter())
    assert content["result"] == {"file": "SR.nii.gz", "sha256": sha256(tmp_path / "SR.nii.gz")}
    assert content["command"].startswith("crossres enhance T2w.nii.gz --guide T1w.nii.gz")
    assert content["command"].endswith("-o SR.nii.gz")
    assert content["timings_seconds"]["writing"] >= 0
    assert str(tmp_path) not in str(content)


def test_the_time_of_a_step_is_added_to_the_total() -> None:
    content = {"weights": "w", "timings_seconds": {"reading": 1.0, "total": 1.0}}
    found = with_time(content, "writing", time.perf_counter() - 5)
    assert found["timings_seconds"]["writing"] == pytest.approx(5, abs=1)
    assert found["timings_seconds"]["total"] == pytest.approx(6, abs=1)
    assert content["timings_seconds"] == {"reading": 1.0, "total": 1.0}
    again = with_time(found, "writing", time.perf_counter() - 5)["timings_seconds"]
    assert again["writing"] == pytest.approx(10, abs=2)
    assert again["total"] == pytest.approx(11, abs=2)
