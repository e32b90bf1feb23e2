"""Loss curves are written as a table and a picture."""

import csv
from pathlib import Path

import pytest

from crossres.types import OutputExistsError
from crossres.workflows.train import draw_curve, write_curve

CURVES = [[0.5, 0.25], [0.125]]


def test_the_curve_can_be_read_back(tmp_path: Path) -> None:
    write_curve(CURVES, tmp_path / "loss.csv")
    with (tmp_path / "loss.csv").open() as file:
        rows = [(r["stage"], r["epoch"], float(r["loss"])) for r in csv.DictReader(file)]
    assert rows == [("1", "1", 0.5), ("1", "2", 0.25), ("2", "1", 0.125)]


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    draw_curve(CURVES, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("make", [write_curve, draw_curve])
def test_an_existing_file_is_kept(tmp_path: Path, make) -> None:
    path = tmp_path / "loss"
    path.write_text("precious")
    with pytest.raises(OutputExistsError):
        make(CURVES, path)
    assert path.read_text() == "precious"
    make(CURVES, path, overwrite=True)
    assert path.read_bytes() != b"precious"
