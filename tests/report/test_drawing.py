"""Slices are drawn to scale, differences in two colours, whatever the user's matplotlib is."""

import io
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from crossres.report import image_stage
from crossres.report.drawing import default_style, difference_colours, png, show
from crossres.report.slices import Slice

EDGES = ("R", "L", "A", "P")


def test_differences_of_opposite_sign_have_unlike_colours_and_none_is_dark():
    below, none, above = (np.array(difference_colours()(share)[:3]) for share in (0.0, 0.5, 1.0))
    assert none.max() < 0.1
    assert below[2] > below[0]
    assert above[0] > above[2]


def test_slices_are_drawn_to_scale_in_millimetres():
    axis = Figure().add_subplot()
    drawn = show(axis, Slice(np.eye(4), 30.0, 20.0, EDGES), np.eye(4), "gray", (0, 1))
    assert drawn.get_extent() == [0, 30, 20, 0]


def test_png_is_as_large_as_the_figure():
    pixels = imread(io.BytesIO(png(Figure(figsize=(3, 2), dpi=50))), format="png")
    assert pixels.shape[:2] == (100, 150)


ODD = {
    "image.origin": "lower",
    "image.interpolation": "bilinear",
    "text.usetex": True,
    "font.family": "No Such Font",
    "font.size": 20.0,
    "figure.dpi": 33.0,
    "savefig.dpi": 44.0,
    "savefig.bbox": "tight",
    "savefig.facecolor": "red",
    "axes.facecolor": "green",
    "axes.prop_cycle": matplotlib.cycler(color=["red"]),
    "lines.linewidth": 9.0,
}


@default_style()
def drawn() -> bytes:
    figure = Figure(figsize=(3, 2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.imshow(np.arange(12.0).reshape(3, 4))
    right.plot([0, 1, 4], label="curve")
    right.set_title("title")
    right.legend()
    return png(figure)


def test_settings_of_the_user_change_no_picture_and_are_in_force_afterwards() -> None:
    slices = {"a": Slice(np.arange(9.0).reshape(3, 3), 9.0, 9.0, EDGES)}
    expected, layer = drawn(), image_stage(slices)
    with matplotlib.rc_context(ODD):
        before = dict(matplotlib.rcParams)
        assert drawn() == expected
        assert image_stage(slices) == layer
        assert dict(matplotlib.rcParams) == before
        assert matplotlib.rcParams["image.origin"] == "lower"


def test_a_failure_leaves_the_settings_of_the_user() -> None:
    with matplotlib.rc_context(ODD):
        with pytest.raises(ZeroDivisionError), default_style():
            raise ZeroDivisionError
        assert matplotlib.rcParams["image.origin"] == "lower"


CODE = """
import hashlib, os, sys
from crossres.report.drawing import default_style, png
environment = dict(os.environ)
with default_style():
    from matplotlib.figure import Figure
    figure = Figure(figsize=(3, 2), layout="constrained")
    axes = figure.subplots()
    axes.imshow([[0, 1], [2, 4]])
    axes.set_title("title")
    picture = png(figure)
os.environ.pop("MPLCONFIGDIR", None), environment.pop("MPLCONFIGDIR", None)
assert dict(os.environ) == environment
assert "matplotlib.pyplot" not in sys.modules
import matplotlib
print(hashlib.sha256(picture).hexdigest(), matplotlib.rcParams["image.origin"], os.getcwd())
"""


def run(folder: Path, **environment: str) -> tuple[str, str]:
    """Draw in a process of its own; return the checksum and the origin that a user has."""
    command = [sys.executable, "-W", "error", "-c", CODE]
    paths = {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **paths, **environment},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    checksum, origin, where = done.stdout.split()
    assert Path(where) == folder
    return checksum, origin


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run(tmp_path_factory.mktemp("usual"))[0]


@pytest.mark.parametrize("name", ["module://matplotlib_inline.backend_inline", "nonsense", "pdf"])
def test_the_backend_of_the_environment_is_without_influence(
    usual: str, tmp_path: Path, name: str
) -> None:
    assert run(tmp_path, MPLBACKEND=name) == (usual, "upper")


def test_a_matplotlibrc_is_without_influence_and_stays_the_user_s(
    usual: str, tmp_path: Path
) -> None:
    lines = [
        "image.origin: lower",
        "text.usetex: True",
        "font.family: No Such Font",
        "axes.grid: 1",
    ]
    (tmp_path / "matplotlibrc").write_text("\n".join(lines))
    assert run(tmp_path) == (usual, "lower")


@pytest.mark.parametrize("content", [b"no colon\nfoo.bar: 1\nimage.origin: left\n", b"\xff\xfe\0"])
def test_a_damaged_matplotlibrc_gives_no_message(
    usual: str, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "matplotlibrc").write_bytes(content)
    assert run(tmp_path) == (usual, "upper")


def test_a_folder_of_settings_that_cannot_be_made_gives_no_message(
    usual: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    assert run(tmp_path, MPLCONFIGDIR=str(tmp_path / "file" / "folder")) == (usual, "upper")
