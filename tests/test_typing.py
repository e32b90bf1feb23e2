"""The public interface is typed: a type checker accepts right calls and refuses wrong ones."""

import subprocess
import sys
from pathlib import Path

import pytest

import crossres

SOURCE = Path(crossres.__file__).resolve().parent.parent
RIGHT = """
import numpy as np
import crossres as cr

t2: cr.Volume = cr.read("T2.nii.gz")
done: cr.Enhanced = cr.enhance(t2, guide="T1.nii.gz", factor=(4, 4, 1))
spacing: tuple[float, float, float] = done.volume.spacing
again = cr.enhance(t2, spacing=1.0, settings=cr.EnhanceSettings(ensemble=True), weights=("a",))
pair: cr.Pair = cr.align(t2, None, cr.fine_grid(t2.grid, factor=4)).pair
result: cr.Result = cr.super_resolve(cr.load_weights("t1-t2-axial-x4"), pair)
cr.write(result.volume, "SR.nii.gz")
"""
WRONG = {
    "cr.read(1, 2, 3, 4)": "Too many arguments",
    "cr.read(1)": "incompatible type",
    "cr.raed('x')": 'has no attribute "raed"',
    "cr.enhance('T2.nii.gz', factor='4')": "incompatible type",
    "cr.enhance(3.5, factor=2)": "incompatible type",
    "cr.enhance('T2.nii.gz', keep_guide=True)": "Unexpected keyword argument",
    "cr.EnhanceSettings(back_projection='magic')": "incompatible type",
    "cr.super_resolve('t1-t2-axial-x4', None)": "incompatible type",
}


CONFIGURATION = """
[mypy]
strict = True
[mypy-torch.*,SimpleITK.*,matplotlib.*,pydicom.*,nibabel.*,scipy.*,safetensors.*,pydantic.*]
follow_imports = skip
ignore_missing_imports = True
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return what mypy reports on the right and on the wrong calls, in one run."""
    folder = tmp_path_factory.mktemp("mypy")
    texts = {"right": RIGHT, "wrong": "\n".join(["import crossres as cr", *WRONG])}
    (folder / "mypy.ini").write_text(CONFIGURATION)
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "right.py", "wrong.py"], cwd=folder,
        capture_output=True, text=True, check=False,
        env={"MYPYPATH": str(SOURCE), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    return {name: [line for line in lines if line.startswith(f"{name}.py")] for name in texts}


def test_right_calls_are_accepted(errors: dict[str, list[str]]) -> None:
    assert errors["right"] == []
    assert errors["wrong"] != []


@pytest.mark.parametrize("line", WRONG)
def test_wrong_calls_and_misspelt_names_are_refused(
    errors: dict[str, list[str]], line: str
) -> None:
    number = 2 + list(WRONG).index(line)
    found = [error for error in errors["wrong"] if f"wrong.py:{number}:" in error]
    assert any(WRONG[line] in error for error in found), found
