"""A held-out subject is drawn with the network that was trained."""

from pathlib import Path

import numpy as np
import pytest
import torch
from studies import figure
from studies.quality import NETWORKS

from crossres.inference.stages import stage_count
from crossres.io import find_cases
from crossres.report.slices import slice_panel
from crossres.reproduction.simulated import simulate
from crossres.training import recipe
from crossres.volume import Grid, Volume


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Write a run's network as ``quality`` does."""
    for factor in (2, 3, 4):
        folder = tmp_path / "runs" / f"x{factor}"
        folder.mkdir(parents=True)
        torch.save([recipe("default", factor).make().state_dict()], folder / NETWORKS)
    return tmp_path / "runs"


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_the_cascade_has_the_stages_that_it_was_trained_for(runs: Path, factor: int) -> None:
    cascade = figure.cascade_of(runs / f"x{factor}", factor)
    stages = recipe("default", factor).regime.stages
    assert cascade.stage_factor**stages == pytest.approx(factor)
    fine = Grid((48, 48, 2), np.eye(4))
    assert stage_count(fine.coarsened((factor, factor, 1)), fine, cascade.stage_factor) == stages
    assert cascade.guided


@pytest.mark.parametrize("fraction", [0.0, 0.52, 1.0])
def test_the_caption_is_of_the_slice_that_is_shown(cohort: Path, fraction: float) -> None:
    simulated = simulate(find_cases(cohort)[0], 2.0)
    reference = simulated.reference
    offsets = np.arange(1.0, 17.0)
    volume = reference.with_data(reference.data + offsets.astype(np.float32))
    shown = slice_panel({"a": volume, "b": reference}, "axial", fraction=fraction)
    error = float((shown["a"].data - shown["b"].data).mean())
    expected = 20 * np.log10(float(reference.data.max()) / error)
    caption = figure._caption(volume, simulated, fraction)
    assert caption.endswith(" dB")
    assert float(caption.split()[0]) == pytest.approx(expected, abs=0.01)


def test_a_bright_lesion_does_not_set_the_window() -> None:
    data = np.zeros((20, 20, 20), dtype=np.float32)
    data[4:16, 4:16, 4:16] = np.linspace(50, 150, 12)
    grid = Grid((20, 20, 20), np.eye(4))
    without = figure.tissue_window(Volume(data.copy(), grid))
    data[8:12, 8:12, 4:12] = 10_000  # 7 % of the brain
    assert figure.tissue_window(Volume(data, grid)) == pytest.approx(without, rel=0.1)


def test_the_command_writes_a_picture_and_replaces_it(
    runs: Path, cohort: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "figures"
    for _ in range(2):
        figure.main(cohort, "x2", 2.0, fraction=0.5, runs=runs, out=out)
    assert [path.name for path in out.iterdir()] == ["x2.png"]
    assert (out / "x2.png").read_bytes().startswith(b"\x89PNG")
