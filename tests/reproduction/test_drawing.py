"""Figures are drawn from what a study has trained, without training it again."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crossres.inference import Cascade
from crossres.reproduction import (
    FIGURES,
    TABLES,
    Budget,
    cohort_subjects,
    draw,
    draw_overview,
    drawing,
    units_of,
)
from crossres.reproduction.drawing import PROFILED, captions_of, images_of
from crossres.reproduction.methods import BICUBIC, PROPOSED, TableRow
from crossres.reproduction.protocol import centre
from crossres.reproduction.subjects import Subject, volumes
from crossres.reproduction.trainings import Unchanged
from crossres.reproduction.units import Unit
from crossres.types import SettingsError


def test_estimates_of_the_centre_slice_stand_beside_the_reference(
    study: SimpleNamespace, idle: None
) -> None:
    rows = [BICUBIC, TableRow("proposed", PROPOSED)]
    images = images_of(rows, study.budget, study.subjects, study.runs)
    assert list(images) == ["reference", "guide", "bicubic", "proposed"]
    guide, reference = volumes(study.subjects[3])
    middle = centre(reference.grid.shape[2])
    assert np.array_equal(images["reference"], reference.data[:, :, middle])
    assert np.array_equal(images["guide"], guide.data[:, :, middle])
    assert not np.allclose(images["bicubic"], images["proposed"])
    captions = captions_of(images)
    assert list(captions) == ["bicubic", "proposed"]
    error = images["bicubic"] - images["reference"]
    expected = 20 * np.log10(images["reference"].max() / np.sqrt(np.mean(error**2)))
    assert captions["bicubic"].endswith(" dB")
    assert float(captions["bicubic"][:-3]) == pytest.approx(expected, abs=0.006)


def test_what_is_drawn_is_what_was_scored(
    cohort: Path, smoke: Budget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Internal training is not repeated for a picture."""
    requested: list[tuple[str, str]] = []

    def record(unit: Unit, subject: Subject, runs: Path, _: str) -> Cascade:
        requested.append((unit.key, subject.name))
        return Cascade((Unchanged(),))

    monkeypatch.setattr(drawing, "enhancer_for", record)
    everyone = cohort_subjects(cohort)
    headers, rows = replace(smoke, register=False), TABLES["table2"].rows
    images_of(rows, headers, everyone, tmp_path)
    scored = [unit for unit in units_of(["table2"], headers, everyone) if unit.factor == 4]
    assert len(scored[0].test) == 2
    assert requested == [(unit.key, unit.test[0].name) for unit in scored]


@pytest.mark.parametrize("name", ["figure4", "figure5"])
def test_a_figure_of_a_finished_study_trains_nothing(
    study: SimpleNamespace, tmp_path: Path, idle: None, name: str
) -> None:
    path = draw(name, study.budget, study.subjects, study.runs, tmp_path)
    assert path == tmp_path / f"{name}.png"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_an_unknown_figure_is_refused(study: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no figure 'figure6'; choose from figure3"):
        draw("figure6", study.budget, study.subjects, study.runs, tmp_path)


def test_figures_show_tables_that_have_what_they_need() -> None:
    assert all(BICUBIC in TABLES[table].rows for table in FIGURES.values())
    assert set(PROFILED) <= {row.name for row in TABLES[FIGURES["figure5"]].rows}


def test_an_overview_of_what_is_measured_is_drawn(study: SimpleNamespace, idle: None) -> None:
    paths = draw_overview("table2", study.budget, study.subjects, study.runs, study.results)
    names = [path.name for path in paths]
    assert names == ["table2-x4-gains.png", "table2-x4-subjects.png", "table2-curves.png"]
    charts = study.runs / "charts"
    assert [path.parent for path in paths] == [study.results, charts, charts]
    assert all(path.exists() for path in paths)


def test_nothing_measured_draws_nothing(study: SimpleNamespace, tmp_path: Path) -> None:
    assert draw_overview("table2", study.budget, study.subjects, tmp_path, tmp_path) == []
    assert list(tmp_path.iterdir()) == []
