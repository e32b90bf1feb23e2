"""A derived series has a label of its own and a description of what was inferred."""

from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from crossres.io import read
from crossres.workflows.enhance import EnhancedFiles, Request, enhance_files
from crossres.workflows.enhance.dicom import write_dicom
from dicom_files import write_files

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
Enhance = Callable[..., EnhancedFiles]


@pytest.fixture
def enhanced(make: Callable[..., Request], tiny_scans: dict[str, Path], tmp_path: Path) -> Enhance:
    """Return a function that enhances the tiny scan, stored as a series of this description."""
    scan = read(tiny_scans["T2w"])

    def enhance(description: str = "T2 tse", **changes: object) -> EnhancedFiles:
        write_files(tmp_path / "T2", scan.with_data(np.rint(scan.data).clip(0)), description)
        return enhance_files(make(target=tmp_path / "T2", factor=(2, 2, 1), weights=(), **changes))

    return enhance


def written(done: EnhancedFiles, folder: Path) -> Dataset:
    """Write a result into a new folder; return the header of a slice."""
    folder.mkdir()
    write_dicom(done, folder)
    return dcmread(sorted(folder.iterdir())[2])


def test_the_series_holds_the_result(enhanced: Enhance, tmp_path: Path) -> None:
    done, steps = enhanced(), []
    (tmp_path / "out").mkdir()
    write_dicom(done, tmp_path / "out", progress=lambda *step: steps.append(step))
    volume, series = done.enhanced.volume.canonical(), read(tmp_path / "out").canonical()
    assert series.grid.is_close(volume.grid)
    assert np.abs(series.data - volume.data).max() <= 0.51
    assert steps[-1] == (6, 6)


@pytest.mark.parametrize(
    ("description", "label"),
    [("T2 tse", "T2 tse crossres 2x2x1"), ("x" * 60, "x" * 40 + " crossres 2x2x1")],
)
def test_the_label_is_that_of_the_source_with_the_factors(
    enhanced: Enhance, tmp_path: Path, description: str, label: str
) -> None:
    assert written(enhanced(description), tmp_path / "out").SeriesDescription == label


def test_the_description_names_version_weights_and_guide(enhanced: Enhance, tmp_path: Path) -> None:
    done = enhanced()
    text = written(done, tmp_path / "out").DerivationDescription
    for part in (metadata.version("crossres"), "2x2x1 as many voxels", done.enhanced.weights):
        assert part in text
    assert "inferred, not measured" in text
    assert "not for diagnosis" in text


def test_the_description_states_whether_a_guide_was_used(enhanced: Enhance, tmp_path: Path) -> None:
    done = enhanced()
    guided, unguided = (
        replace(done, enhanced=replace(done.enhanced, pair=replace(done.enhanced.pair, guide=g)))
        for g in (done.enhanced.aligned.pair.guide, None)
    )
    assert "with a guide" in written(guided, tmp_path / "one").DerivationDescription
    assert "without a guide" in written(unguided, tmp_path / "two").DerivationDescription
