"""A sidecar of an earlier run is read as values of the expected types, or refused in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossres.types import FileFormatError
from crossres.workflows.cohort.finished import read_finished

Change = Callable[[dict[str, Any]], object]

Written = Callable[[Change], Path]


@pytest.fixture
def written(tmp_path: Path, sidecar: dict[str, Any]) -> Written:
    """Return a function that writes a sidecar with a change."""

    def write(change: Change) -> Path:
        change(sidecar)
        (tmp_path / "a.json").write_text(json.dumps(sidecar))
        return tmp_path / "a.json"

    return write


def test_the_values_of_a_sidecar(written: Written) -> None:
    found = read_finished(written(lambda content: content.update(more=[1])))
    assert found.inputs.guide is not None
    assert found.inputs.guide.sha256 == "cd"
    assert found.passes[0].factors == (2.0, 2.0, 1.0)
    assert found.timings_seconds.total == 3.0
    assert found.maps is None
    assert found.noise is None


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.update(passes=[]), "passes"),
        (lambda d: d.update(passes=[5]), "passes.0"),
        (lambda d: d["passes"][0].update(factors=[2, 2]), "passes.0.factors.2"),
        (lambda d: d["passes"][0].update(guide_left_out="no"), "passes.0.guide_left_out"),
        (lambda d: d["consistency"].update(result="x"), "consistency.result"),
        (lambda d: d["consistency"].update(result="0.1"), "consistency.result"),
        (lambda d: d["consistency"].update(result=True), "consistency.result"),
        (lambda d: d["consistency"].update(result=float("nan")), "consistency.result"),
        (lambda d: d["consistency"].update(result=10**400), "consistency.result"),
        (lambda d: d["timings_seconds"].update(total="x"), "timings_seconds.total"),
        (lambda d: d.update(timings_seconds=[]), "timings_seconds"),
        (lambda d: d.update(noise=0.03), "noise"),
        (lambda d: d.update(noise={"share": "x", "source": "air"}), "noise.share"),
        (lambda d: d.update(verdict={"level": "odd"}), "verdict.level"),
        (lambda d: d.update(checks=[{"name": "shift", "value": "x"}]), "checks.0.value"),
        (lambda d: d.update(registration={"displacement_mm": "x"}), "registration.displacement_mm"),
        (lambda d: d.update(warnings=5), "warnings"),
        (lambda d: d.update(warnings="one text"), "warnings"),
        (lambda d: d.update(warnings=[5]), "warnings.0"),
        (lambda d: d.update(weights=["x"]), "weights"),
        (lambda d: d.update(weights=None), "weights"),
        (lambda d: d.update(settings=[]), "settings"),
        (lambda d: d.update(factors="2 x 2 x 1"), "factors"),
        (lambda d: d["grids"].pop("target"), "grids.target"),
        (lambda d: d["inputs"].update(target={"sha256": 5}), "inputs.target.sha256"),
        (lambda d: d.update(inputs={"target": []}), "inputs.target"),
        (lambda d: d.update(maps={"volumes": 5}), "maps"),
        (lambda d: d.update(maps=[]), "maps"),
        (lambda d: d.update(maps={"volumes": [{"file": 5}]}), "maps.volumes.0.file"),
        (lambda d: d.pop("motion"), "motion"),
        (lambda d: d.pop("versions"), "versions"),
    ],
)
def test_values_of_other_types_are_refused(written: Written, change: Change, where: str) -> None:
    path = written(change)
    with pytest.raises(FileFormatError) as caught:
        read_finished(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is no sidecar of a result ({where}")
    assert message.endswith("; set `overwrite` to make the case again")
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 10_000, '{"passes": 1, "passes": 2}'])
def test_what_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FileFormatError, match=r"a.json is no .*JSON.*; set `overwrite`"):
        read_finished(tmp_path / "a.json")
