"""The nipype interface: the command line, the outputs, and a run."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crossres as cr
from crossres.inference import Enhanced
from crossres.volume import Pair

pytest.importorskip("nipype")


@pytest.fixture
def node(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    from crossres.workflows.integrations import EnhanceInterface

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert pair.guide is not None
    cr.write(pair.target, "T2.nii.gz")
    cr.write(pair.guide, "T1.nii.gz")
    return EnhanceInterface(
        in_file="T2.nii.gz", guide="T1.nii.gz", factor=[2, 2, 1], no_register=True, report=True
    )


def test_its_options_are_those_of_the_command_line(node: Any) -> None:
    words = node.cmdline.split()
    assert words[:2] == ["crossres", "enhance"]
    assert words[words.index("--factor") + 1] == "2.0,2.0,1.0"
    assert words[words.index("-o") + 1] == "T2_sr.nii.gz"
    assert {"--report", "--no-register", "--guide"} < set(words)


def test_factor_and_spacing_exclude_each_other(node: Any) -> None:
    with pytest.raises(OSError, match="mutually exclusive"):
        node.inputs.spacing = [1.0]


@pytest.mark.parametrize("name", ["SR.mgz", "SR.nii.gz", "SR.nrrd"])
def test_sidecar_and_report_lie_beside_the_result(node: Any, tmp_path: Path, name: str) -> None:
    node.inputs.out_file = name
    outputs = node._list_outputs()
    assert Path(outputs["out_json"]) == tmp_path / "SR.json"
    assert Path(outputs["out_report"]) == tmp_path / "SR.html"


def test_a_run_makes_the_outputs_that_it_lists(
    node: Any, enhanced: Enhanced, tmp_path: Path
) -> None:
    outputs = node.run().outputs
    assert Path(outputs.out_json).samefile(tmp_path / "T2_sr.json")
    assert Path(outputs.out_report).is_file()
    result = cr.read(outputs.out_file)
    np.testing.assert_allclose(result.affine, enhanced.volume.affine, atol=1e-4)
