"""maps.json is validated when it is read, and later versions with new fields stay readable."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossres.report.maps import Maps, read_maps, write_maps
from crossres.types import FileFormatError


def example() -> dict[str, Any]:
    shown = {"unit": "ms", "colormap": "gray", "range": [0, 1], "meaning": "Yes."}
    return {
        "version": 1,
        "result": {"title": "Result", "sha256": "0" * 64, **shown},
        "verdict": {"level": "good", "headline": "Fine"},
        "volumes": [{"file": "t2-star_map.nii.gz", "role": "map", "title": "T2*", **shown}],
    }


def put(folder: Path, content: object) -> Path:
    (folder / "maps.json").write_text(json.dumps(content))
    return folder


def test_what_was_written_is_read(tmp_path: Path) -> None:
    maps = Maps.model_validate(example())
    write_maps(maps, tmp_path)
    assert read_maps(tmp_path) == maps
    assert maps.volumes[0].name == "t2-star_map"


def test_fields_of_later_versions_are_passed_over(tmp_path: Path) -> None:
    content = example()
    content["made_by"] = content["volumes"][0]["threshold"] = 3
    assert read_maps(put(tmp_path, content)) == Maps.model_validate(example())


NAMES = [
    "../SR.nii.gz", "/etc/passwd", "a/b.nii.gz", "..nii.gz", ".hidden.nii.gz", "maps.json", "",
    "a.nii.gz\n", "%2e%2e.nii.gz", "a\0.nii.gz", "a\\b.nii.gz",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    content = example()
    content["volumes"][0]["file"] = name
    with pytest.raises(FileFormatError, match=r"volumes\.0\.file"):
        read_maps(put(tmp_path, content))


@pytest.mark.parametrize("missing", ["result", "volumes"])
def test_what_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    content = example()
    del content[missing]
    with pytest.raises(FileFormatError, match=f"{missing}: .*`maps`"):
        read_maps(put(tmp_path, content))


@pytest.mark.parametrize("content", [{**example(), "version": 2}, [], "maps"])
def test_another_version_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(FileFormatError, match="damaged"):
        read_maps(put(tmp_path, content))


def test_no_file_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"maps.json.*`maps`"):
        read_maps(tmp_path)
    (tmp_path / "maps.json").write_text("{")
    with pytest.raises(FileFormatError) as caught:
        read_maps(tmp_path)
    assert "\n" not in str(caught.value)


def test_reading_needs_no_torch() -> None:
    code = "import sys, crossres.report.maps; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
