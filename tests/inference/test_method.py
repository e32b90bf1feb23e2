"""Three axes at once: two passes, and one result that agrees with the scan over all of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from crossres.inference.passes import next_target

from crossres.files import sha256
from crossres.inference.choice import Choice
from crossres.io import read, write
from crossres.phantom import make_pair
from crossres.physics import degrade
from crossres.types import CrossresWarning, WeightsError
from crossres.volume import Grid, Volume
from crossres.weights import load_weights
from crossres.weights.choose import default_weights, weights_for
from crossres.workflows.enhance import Request, enhance_files

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")

Ask = Callable[..., Request]
PLANE, ACROSS = (2.0, 2.0, 1.0), (1.0, 1.0, 3.0)


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Write a drawn head, its T2w coarse along all three axes; return paths and the truth."""
    folder = tmp_path_factory.mktemp("head")
    guide, reference = make_pair(101, shape=(88, 104, 88), spacing=2.0, slices=(34, 58))
    target = degrade(reference, reference.grid.coarsened((2, 2, 3)))
    write(guide, folder / "T1.nii.gz")
    write(target, folder / "T2.nii.gz")
    return SimpleNamespace(
        target=folder / "T2.nii.gz", guide=folder / "T1.nii.gz", reference=reference
    )


@pytest.fixture
def ask(tiny_scans: dict[str, Path], tiny_weights: SimpleNamespace) -> Ask:
    """Return a function that asks for all three axes of a tiny scan, by untrained weights."""

    def request(**changes: Any) -> Request:
        plain = Request(
            target=tiny_scans["T2w"], guide=tiny_scans["T1w"], factor=(2, 2, 2), spacing=None,
            weights=f"{tiny_weights.guided},{tiny_weights.guided}", register=False, batch=None,
            device="cpu", seed=0,
        )  # fmt: skip
        return replace(plain, **changes)

    return request


def error(volume: Volume, reference: Volume) -> float:
    return float(np.square(volume.data - reference.data).mean())


@pytest.mark.parametrize("guided", [True, False])
def test_the_shipped_weights_are_better_than_interpolation(
    ask: Ask, head: SimpleNamespace, guided: bool
) -> None:
    guide = head.guide if guided else None
    done = enhance_files(ask(target=head.target, guide=guide, factor=(2, 2, 3), weights=None))
    result = done.result
    assert result.volume.grid.is_close(head.reference.grid)
    assert error(result.volume, head.reference) < 0.7 * error(result.interpolated, head.reference)
    assert result.consistency.result < 0.01 < result.consistency.interpolation
    in_plane, across = "t2-axial-x2", "t2-through-plane-x3"
    both = f"t1-{in_plane} and {in_plane}, then t1-{across}"
    assert done.weights == (both if guided else f"{in_plane}, then {across}")


def test_the_result_is_on_the_grid_and_explains_the_scan(
    ask: Ask, tiny_scans: dict[str, Path]
) -> None:
    done, scan = enhance_files(ask()), read(tiny_scans["T2w"])
    assert done.result.volume.grid.is_close(scan.grid.refined(2))
    assert done.result.consistency.result < 0.2 * done.result.consistency.interpolation
    assert done.result.volume.data.min() >= 0
    assert done.pair.guide is not None
    assert np.array_equal(done.pair.target.data, scan.data)


def test_the_order_of_voxels_does_not_matter(
    ask: Ask, tiny_scans: dict[str, Path], tmp_path: Path
) -> None:
    way = (2, 0, 1), (True, False, True)
    for contrast in ("T1w", "T2w"):
        write(read(tiny_scans[contrast]).reordered(*way), tmp_path / f"{contrast}.nii.gz")
    self_ensemble = enhance_files(
        ask(target=tmp_path / "T2w.nii.gz", guide=tmp_path / "T1w.nii.gz", factor=(3, 2, 2))
    ).result.volume.restored(*way)
    plain = enhance_files(ask(factor=(2, 2, 3))).result.volume
    assert self_ensemble.grid.is_close(plain.grid)
    assert np.abs(self_ensemble.data - plain.data).max() < 0.01 * plain.data.max()


def test_a_spacing_for_all_three(ask: Ask, tiny_scans: dict[str, Path]) -> None:
    done = enhance_files(ask(factor=None, spacing=(2.0,)))
    assert done.result.volume.grid.is_close(read(tiny_scans["T2w"]).grid.refined(2))


def test_without_back_projection_nothing_is_projected_in_the_end(ask: Ask) -> None:
    from crossres.physics import BackProjection

    found = {
        kind: enhance_files(ask(back_projection=BackProjection(kind))).result.consistency.result  # type: ignore[arg-type]
        for kind in ("none", "iterative", "exact")
    }
    assert found["exact"] < found["iterative"] < found["none"]


def test_both_passes_are_written_down(ask: Ask, tiny_weights: SimpleNamespace) -> None:
    with pytest.warns(CrossresWarning, match=r"^across the slices: weights are for slices coarse"):
        done = enhance_files(ask())
    content: Any = json.loads(json.dumps(done.content, default=list))
    assert content["factors"] == [2, 2, 2]
    assert content["weights"] == "tiny, then tiny"
    first, second = content["passes"]
    assert (first["factors"], second["factors"]) == ([2, 2, 1], [1, 1, 2])
    for made in (first, second):
        assert made["weights_sha256"] == sha256(tiny_weights.guided)
        assert made["consistency"]["result"] < made["consistency"]["interpolation"]
        assert made["guide_left_out"] is False
    assert len(content["warnings"]) == len(set(content["warnings"]))


def test_a_guide_may_serve_one_pass_and_not_the_other(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(guided: str, unguided: str, *_: object, **__: object) -> Choice:
        if "axial" in guided:
            return Choice(guided, {guided: 2.0, unguided: 1.0})
        return Choice(unguided, {guided: 1.0, unguided: 2.0}, "the guide does not fit")

    monkeypatch.setattr("crossres.inference.choice.choose", choose)
    with pytest.warns(CrossresWarning, match="^across the slices: the guide does not fit"):
        done = enhance_files(ask(weights=None))
    passes: Any = done.content["passes"]
    assert [made["guide_left_out"] for made in passes] == [False, True]
    assert done.content["guide_left_out"] is False
    assert done.pair.guide is not None


def test_no_weights_are_read_twice(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    read_ones: list[str] = []

    def load(name: str) -> Any:
        read_ones.append(name)
        return load_weights(name)

    monkeypatch.setattr("crossres.weights.load_weights", load)
    enhance_files(ask(evidence=True))
    assert len(read_ones) == len(set(read_ones))


def test_evidence_of_both_passes(ask: Ask) -> None:
    done = enhance_files(ask(weights=None, evidence=True, keep_guide=True))
    spread, influence = done.evidence.spread, done.evidence.influence
    assert spread is not None
    assert influence is not None
    assert spread.grid.is_close(done.result.volume.grid)
    last = done.passes[-1].evidence.spread
    assert last is not None
    assert (spread.data >= last.data * 0.999).all()
    assert np.abs(influence.data).max() > 0


def test_only_what_was_not_scanned_stays_empty() -> None:
    data = np.ones((4, 4, 4), np.float32)
    data[0] = 0
    scan = Volume(data, Grid((4, 4, 4), np.diag([2.0, 2.0, 4.0, 1.0])))
    fine = scan.grid.refined((2, 2, 1))
    estimate = scan.with_data(np.zeros(fine.shape), fine)
    again = next_target(scan, estimate).data
    assert not again[:2].any()
    assert (again[2:] > 0).all()
    assert again.max() < 1e-30


def test_weights_go_to_the_pass_that_they_were_made_for() -> None:
    shipped = [default_weights(factors, guided=True) for factors in (PLANE, ACROSS)]
    passes, guided = [PLANE, ACROSS], [True, True]
    assert weights_for(None, passes, guided=guided) == [(name, False) for name in shipped]
    both = weights_for("a.safetensors, b", passes, guided=guided)
    assert both == [("a.safetensors", True), ("b", True)]
    across = weights_for("t1-t2-through-plane-x5", passes, guided=guided)
    assert across == [(shipped[0], False), ("t1-t2-through-plane-x5", True)]
    plane = weights_for("t1-t2-axial-x4", passes, guided=guided)
    assert plane == [("t1-t2-axial-x4", True), (shipped[1], False)]


def test_too_many_weights() -> None:
    with pytest.raises(WeightsError, match=r"2 sets of weights for 1 pass; give one"):
        weights_for("a,b", [PLANE], guided=[True])
    with pytest.raises(WeightsError, match=r"3 sets of weights for 2 passes"):
        weights_for("a,b,c", [PLANE, ACROSS], guided=[True, True])


def test_a_comma_in_the_name_of_a_file(tiny_weights: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "mine, too.safetensors"
    path.write_bytes(tiny_weights.guided.read_bytes())
    assert weights_for(str(path), [PLANE], guided=[True]) == [(str(path), True)]
