"""The sidecar names inputs by checksum, holds plain JSON and no name of a folder."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from crossres.files import write_json
from crossres.physics import Consistency
from crossres.report.provenance import sidecar
from crossres.types import FileFormatError


@pytest.fixture
def content(tmp_path: Path) -> dict:
    scan = tmp_path / "JaneDoe" / "scan.nii.gz"
    scan.parent.mkdir()
    scan.write_bytes(b"scan")
    return sidecar(
        inputs={"target": scan},
        settings={"steps": np.int64(3), "output": Path("a/b"), "nested": {"noise": 0.0}},
        weights="t1-t2-axial-x2",
        factors=(2.0, 2.0, 1.0),
        consistency=Consistency(0.05, 1e-7),
        timings={"network": 3.5},
        warnings=("outside the range",),
    )


def test_inputs_are_named_by_checksum_and_not_by_folder(content):
    assert content["inputs"]["target"] == {
        "file": "scan.nii.gz",
        "sha256": hashlib.sha256(b"scan").hexdigest(),
    }
    assert "JaneDoe" not in json.dumps(content)


def test_everything_is_there_and_plain(content, tmp_path: Path):
    path = tmp_path / "sidecar.json"
    write_json(content, path)
    again = json.loads(path.read_text(encoding="utf-8"))
    assert again == content
    assert again["settings"] == {"steps": 3, "output": "a/b", "nested": {"noise": 0.0}}
    assert again["factors"] == [2.0, 2.0, 1.0]
    assert again["consistency"]["interpolation"] == pytest.approx(0.05)
    assert {"crossres", "torch", "numpy", "python"} <= set(again["versions"])


def test_a_missing_input_is_refused():
    with pytest.raises(FileFormatError):
        sidecar(
            inputs={"target": "nowhere.nii.gz"},
            settings={},
            weights=None,
            factors=(2.0, 2.0, 1.0),
            consistency=Consistency(0.1, 0.0),
            timings={},
        )
