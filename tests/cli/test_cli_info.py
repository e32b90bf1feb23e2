"""crossres info describes a file."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scipy import ndimage

from crossres.io import write
from crossres.phantom import make_pair

Run = Callable[..., Any]


def test_info_describes_a_file(run: Run, files: SimpleNamespace) -> None:
    done = run("info", files.target)
    assert done.code == 0
    assert "4 x 4 x 2" in done.out
    assert "RAS" in done.out
    assert "resolved" not in done.out


def test_info_states_which_slice_thickness_is_assumed(run: Run, files: SimpleNamespace) -> None:
    shown = run("info", files.target).out
    assert "slice thickness  not known; their distance is assumed (2 mm along k)" in shown
    files.target.with_name("T2.json").write_text('{"SliceThickness": 1.5}')
    shown = run("info", files.target).out
    assert re.search(r"slice thickness mm +1\.5", shown)
    assert "not known" not in shown


def test_info_shows_what_a_blurred_scan_resolves(run: Run, tmp_path: Path) -> None:
    sharp = make_pair(3, shape=(128, 136, 24), spacing=1.0)[1]
    blurred = sharp.with_data(ndimage.gaussian_filter1d(sharp.data, 5 / 2.3548, axis=0))
    shown = {}
    for name, volume in (("sharp", sharp), ("blurred", blurred)):
        write(volume, tmp_path / f"{name}.nii.gz")
        shown[name] = run("info", tmp_path / f"{name}.nii.gz").out
    assert "resolved" not in shown["sharp"]
    found = re.search(r"resolved +i (\d\.\d\d) mm", shown["blurred"])
    assert found is not None
    assert float(found[1]) == pytest.approx(5, rel=0.2)
