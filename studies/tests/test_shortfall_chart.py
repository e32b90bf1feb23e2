"""The chart of the shortfall shows every trial's gain, against the proposed method."""

from pathlib import Path

import pytest
from studies import shortfall_chart
from studies.shortfall_chart import (
    changes,
    chart,
    gains_in,
    rungs,
)

from crossres.reproduction.records import write_rows
from crossres.types import SettingsError

GAINS = {
    "half the filters": [2.5], "proposed": [2.0, 4.0], "true images": [4.5],
    "ladder: stages of factor 2": [3.5, 3.0, 4.0], "ladder: fitting blur": [3.4],
}  # fmt: skip


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "x4-cpu.csv"
    rows = [{"trial": name, "gain": gain} for name, found in GAINS.items() for gain in found]
    write_rows(rows, path)
    return path


def test_single_changes_are_shown_the_best_first() -> None:
    assert [name for name, _ in changes(GAINS)] == ["true images", "proposed", "half the filters"]


def test_the_ladder_starts_at_the_proposed_method_and_keeps_its_order() -> None:
    assert rungs(GAINS) == [
        ("proposed", [2.0, 4.0]), ("+ stages of factor 2", [3.5, 3.0, 4.0]),
        ("+ fitting blur", [3.4]),
    ]  # fmt: skip


def test_bars_are_as_long_as_what_was_measured(measured: Path) -> None:
    left, right = chart(gains_in(measured)).axes
    assert [bar.get_width() for bar in left.patches] == [4.5, 3.0, 2.5]
    assert [bar.get_width() for bar in right.patches] == [3.0, 3.5, 3.4]


def test_every_training_is_a_dot(measured: Path) -> None:
    _, right = chart(gains_in(measured)).axes
    dots = [line.get_xdata() for line in right.lines if line.get_marker() == "o"]
    assert [list(found) for found in dots] == [found for _, found in rungs(GAINS)]


def test_a_change_for_the_worse_below_bicubic_is_within_the_axis() -> None:
    left, _ = chart({**GAINS, "half the filters": [-1.0]}).axes
    assert left.get_xlim()[0] <= -1


def test_the_picture_is_named_after_the_file(
    measured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shortfall_chart.main(measured, tmp_path / "figures")
    written = tmp_path / "figures" / "shortfall-x4-cpu.png"
    assert written.read_bytes().startswith(b"\x89PNG")
    assert str(written) in capsys.readouterr().out


def test_results_without_the_proposed_method_are_refused(tmp_path: Path) -> None:
    write_rows([{"trial": "fitting blur", "gain": 1}], tmp_path / "x.csv")
    with pytest.raises(SettingsError, match="no trial 'proposed'"):
        gains_in(tmp_path / "x.csv")
