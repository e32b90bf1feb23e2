"""The sidecar names inputs by checksum, holds plain JSON and gives no folder away."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from crossres.files import plain, write_json
from crossres.report.provenance import sidecar, versions
from crossres.types import FileFormatError, OutputExistsError


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
        consistency_before=np.float32(0.05),
        consistency_after=1e-7,
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
            consistency_before=0.1,
            consistency_after=0.0,
            timings={},
        )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("inf"), "inf"),
        (np.float32("-inf"), "-inf"),
        (np.bool_(True), True),
        (np.arange(3), [0, 1, 2]),
        ((1, (2.5, "x")), [1, [2.5, "x"]]),
        ({1: None}, {"1": None}),
    ],
)
def test_plain_values(value, expected):
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="object"):
        plain({"a": object()})


def test_an_existing_file_is_kept(tmp_path: Path):
    path = tmp_path / "a.json"
    write_json({"a": 1}, path)
    with pytest.raises(OutputExistsError):
        write_json({"a": 2}, path)
    assert json.loads(path.read_text()) == {"a": 1}
    write_json({"a": 2}, path, overwrite=True)
    assert json.loads(path.read_text()) == {"a": 2}


def test_versions_load_no_heavy_package():
    code = (
        "import sys\n"
        "from crossres.report.provenance import versions\n"
        "assert versions()['torch']\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    assert versions()["python"].startswith("3.")
