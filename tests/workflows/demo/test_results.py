"""The results of the demonstration: what `enhance` returns, scored against the reference."""

from pathlib import Path

import numpy as np
import pytest

from crossres.io import read, write
from crossres.volume import Grid, Volume
from crossres.workflows.demo import (
    INTERPOLATED,
    LABELS,
    SHIPPED,
    TRAINED,
    Demonstration,
    enhance_unseen,
    estimate_file,
    make_phantoms,
    score_methods,
    table_rows,
)
from crossres.workflows.enhance import enhance
from demonstrations import small_demonstration


@pytest.fixture
def demo(tmp_path: Path) -> Demonstration:
    """Write the reference of a test phantom."""
    drawn = np.zeros((40, 44, 4), dtype=np.float32)
    drawn[8:32, 8:36] = np.random.default_rng(0).uniform(100, 900, size=(24, 28, 4))
    demo = small_demonstration(tmp_path)
    write(Volume(drawn, Grid(drawn.shape, np.eye(4))), tmp_path / "unseen_reference.nii.gz")
    return demo


def test_the_reference_scores_best_and_the_gain_is_over_interpolation(demo: Demonstration) -> None:
    reference = read(demo.folder / "unseen_reference.nii.gz")
    worse, better = (reference.with_data(reference.data + error) for error in (20, 2))
    scores = score_methods(demo, {INTERPOLATED: worse, TRAINED: better})
    rows = table_rows(scores)
    assert [row[0] for row in rows] == ["interpolated (cubic)", "trained here"]
    assert [row[3] for row in rows] == ["+0.00", "+20.00"]
    assert float(rows[1][2]) > float(rows[0][2])


def test_methods_have_the_file_names_of_the_reference(tmp_path: Path) -> None:
    names = [estimate_file(Demonstration(tmp_path), method).name for method in LABELS]
    stems = ("interpolated", "learned-here", "shipped-weights")
    assert names == [f"unseen_{stem}.nii.gz" for stem in stems]
    assert list(LABELS) == [INTERPOLATED, TRAINED, SHIPPED]


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_the_shipped_weights_serve_as_enhance_uses_them(tmp_path: Path) -> None:
    demo = small_demonstration(tmp_path / "demo", subjects=1)
    make_phantoms(demo)
    shown = enhance_unseen(demo, None).enhanced
    scans = {s: demo.folder / f"unseen_{s}.nii.gz" for s in ("T2w", "T1w")}
    plain = enhance(scans["T2w"], guide=scans["T1w"], factor=2)
    assert shown.weights == plain.weights
    assert shown.aligned.registration is not None
    assert plain.passes[0].choice.unguided is not None
    np.testing.assert_array_equal(shown.volume.data, plain.volume.data)
