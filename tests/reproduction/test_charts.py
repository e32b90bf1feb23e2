"""Charts show gains, subjects and losses as they were measured."""

import json
from pathlib import Path

import pytest

from crossres.reproduction import TABLES, charts, figures
from crossres.reproduction.methods import BICUBIC
from crossres.reproduction.tables import Entry


def entry(row: int, shift: float, subjects: int = 3) -> Entry:
    scored = [
        {"case": f"sub-{n}", "centre": str(centre), "psnr": str(30 + n + shift),
         "bicubic_psnr": "28"}
        for n in range(subjects) for centre in (True, False)
    ]  # fmt: skip
    return Entry(TABLES["table2"].rows[row], 4, scored)


def test_gains_are_ours_beside_the_paper_s() -> None:
    figure = charts.gains([entry(0, -2), entry(1, 0), entry(4, 1)], 4)
    (axes,) = figure.get_axes()
    ours, paper = (
        [bar.get_height() for bar in bars.patches]
        for bars in axes.containers
        if hasattr(bars, "patches")
    )
    assert ours == pytest.approx([30 + 1 - 28, 30 + 1 + 1 - 28])
    assert paper == pytest.approx([30.71 - 29.62, 34.39 - 29.62])
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["ZSSR", "proposed"], "not bicubic itself"


@pytest.mark.parametrize("rows", [[0], [0, 5], []])
def test_gains_of_few_methods_can_be_drawn(rows: list[int], tmp_path: Path) -> None:
    figure = charts.gains([entry(row, 0, subjects=1) for row in rows], 4)
    assert figures.save(figure, tmp_path / "gains.png").exists()


def test_every_subject_has_a_point_for_each_method() -> None:
    (axes,) = charts.by_subject([entry(0, -2), entry(4, 1)], 4).get_axes()
    lines = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert lines == {BICUBIC.name: [28, 29, 30], "proposed": [31, 32, 33]}


def test_curves_of_every_stage_are_drawn(tmp_path: Path) -> None:
    for name, stored in (("one", [[0.3, 0.2]]), ("two", [[0.4, 0.2], [0.3, 0.1]])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "curves.json").write_text(json.dumps({"curves": stored}))
    (axes,) = charts.curves({name: tmp_path / name for name in ("one", "two")}).get_axes()
    labels = [line.get_label() for line in axes.get_lines()]
    assert labels == ["one", "two, stage 1", "two, stage 2"]
    assert [list(line.get_ydata()) for line in axes.get_lines()][2] == [0.3, 0.1]
