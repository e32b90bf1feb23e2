"""Guides that do not fit are made from those that do, and what is chosen is scored."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from studies import misfit
from studies.misfit import measure, moved, simulated_with
from studies.sources import Source

from crossres.inference import Cascade
from crossres.io import Case
from crossres.networks import GuidedRDN
from crossres.registration import RigidTransform
from crossres.volume import Grid, Volume


def cascade(*, guided: bool) -> Cascade:
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guided)
    with torch.no_grad():
        network.out.weight.normal_(0, 0.1)
    return Cascade((network,), 2.0)


def test_a_guide_is_moved_by_millimetres_its_grid_staying():
    grid = Grid((16, 16, 8), np.diag([1.0, 1.5, 3.0, 1.0]))
    data = np.zeros(grid.shape)
    data[4, 4, 2] = 1
    there = moved(Volume(data, grid), 3.0)
    assert there.grid == grid
    assert np.unravel_index(there.data.argmax(), grid.shape) == (7, 6, 3)


@pytest.fixture
def pair_of_sources(tmp_path: Path, tiny: SimpleNamespace) -> tuple[Source, Source]:
    for number in (1, 2):
        tiny.write(tmp_path, f"sub-0{number}", number)
    files = sorted(tmp_path.rglob("*_T2w.nii.gz"))
    guides = sorted(tmp_path.rglob("*_T1w.nii.gz"))
    one, two = (
        Source(name, case=Case(name, target, guide))
        for name, target, guide in zip("ab", files, guides, strict=True)
    )
    return one, two


@pytest.mark.usefixtures("aligned")
def test_every_guide_is_validated_and_the_better_gain_is_taken(
    pair_of_sources: tuple[Source, Source],
) -> None:
    found = simulated_with(*pair_of_sources, 2, 1)
    own, whole, as_it_lies, *others = (simulated.pair.guide.data for simulated in found.values())
    np.testing.assert_array_equal(own, as_it_lies)
    np.testing.assert_array_equal(own, whole)
    assert not any(np.array_equal(own, other) for other in others)
    rows = list(measure(cascade(guided=True), cascade(guided=False), found, "a"))
    assert [row["guide"] for row in rows] == [
        "own", "own, rim and all", "own, not registered", "moved by 3 mm", "another subject's",
    ]  # fmt: skip
    for row in rows:
        better = row["self_validation_gain"] >= row["self_validation_gain_without"]
        for kind in ("gain", "gain_deep"):
            expected = row[f"{kind}_blended"] if better else row[f"{kind}_without"]
            np.testing.assert_equal(row[f"{kind}_chosen"], expected)


def test_a_rim_that_was_kept_is_moved_too_for_comparison(
    pair_of_sources: tuple[Source, Source],
    registered_by: Callable[[RigidTransform], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    matrix = np.eye(4)
    matrix[0, 3] = 2.0
    registered_by(RigidTransform(matrix))
    monkeypatch.setattr("crossres.registration.alignment.share_mask", lambda *_: True)
    found = simulated_with(*pair_of_sources, 2, 1)
    own, whole, lying, *_ = (simulated.pair.guide.data for simulated in found.values())
    assert np.any(own != whole)
    assert np.all((own == whole) | (own == lying))


def test_the_worst_is_found_for_each_kind_of_guide() -> None:
    rows = [
        {"guide": "own", "gain_chosen": 3.0, "gain_without": 2.0},
        {"guide": "own", "gain_chosen": 2.5, "gain_without": 3.0},
        {"guide": "moved", "gain_chosen": 2.0, "gain_without": 2.0},
    ]
    assert misfit.worst(rows) == {"own": -0.5, "moved": 0.0}


def test_each_scan_is_given_the_guide_of_another(tmp_path: Path, tiny: SimpleNamespace) -> None:
    for name in misfit.FOLD_1:
        tiny.write(tmp_path / "cohort", name, 1)
    for name in ("sub-01", "sub-12"):
        tiny.write(tmp_path / "clinical", name, 2)
    pairs = misfit.sources(tmp_path)
    assert len(pairs) == len(misfit.FOLD_1) + 1
    assert all(one.name != other.name for one, other in pairs)
