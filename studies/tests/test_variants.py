"""Variants: each is one valid change, is run once, and uses no test subject."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from studies import variants
from studies.changes import SCANS_ALONE
from studies.sources import Source
from studies.variants import SMALL, VARIANTS

from crossres.inference import Example
from crossres.reproduction.simulated import Simulated, simulate
from crossres.training import External, recipe
from crossres.training.loop import Training
from crossres.types import SettingsError

Run = Callable[..., list[dict[str, str]]]


@pytest.fixture
def run(
    cohort: Path, tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Return a function that runs tiny variants and returns the rows of the result file."""
    monkeypatch.setitem(variants.SIZES, "small", tiny.plan)
    monkeypatch.setitem(variants.SIZES, "full", tiny.plan)

    def call(only: str, **changes: Any) -> list[dict[str, str]]:
        given = {"data": cohort, "factor": 2.0, "steps": 2, "every": 4, "results": tmp_path}
        variants.main(**{**given, "only": only, **changes})
        with (tmp_path / "x2.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    return call


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "base"])
def test_each_variant_is_a_valid_change_of_one_thing(name: str) -> None:
    base = VARIANTS["base"](SMALL(SCANS_ALONE(recipe("default", 4.0, steps=2))))
    plan = VARIANTS[name](base)
    changed = [
        plan.settings != base.settings,
        plan.regime.learning.training != base.regime.learning.training,
        replace(plan.regime, learning=base.regime.learning) != base.regime,
        any(
            getattr(plan.regime.learning, field) != getattr(base.regime.learning, field)
            for field in ("deblur_noise", "augmentation", "rescale", "spread", "back_projection")
        ),
    ]
    assert changed.count(True) == 1
    network = plan.make().eval()
    guide = torch.rand(1, 1, 16, 16) if plan.settings["guided"] else None
    assert network(torch.rand(1, 1, 16, 16), guide).shape == (1, 1, 16, 16)


def test_every_variant_differs_from_every_other() -> None:
    plans = [change(SMALL(SCANS_ALONE(recipe("default", 4.0)))) for change in VARIANTS.values()]
    assert all(one != other for n, one in enumerate(plans) for other in plans[:n])


def test_rows_hold_measurements_and_provenance(run: Run) -> None:
    rows = run("base,unguided,retrained,stages-3")
    assert [row["variant"] for row in rows] == ["base", "unguided", "retrained", "stages-3"]
    for row in rows:
        gain = float(row["psnr"]) - float(row["bicubic_psnr"])
        assert float(row["gain"]) == pytest.approx(gain)
        assert int(row["slices"]) == 3 * 2, "every eighth slice of three subjects"
        assert all(row[key] for key in ("command", "commit", "machine"))
    assert int(rows[1]["parameters"]) < int(rows[0]["parameters"])


def test_finished_variants_are_not_run_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("base")
    monkeypatch.setattr(Training, "step", lambda *_: pytest.fail("trained again"))
    assert run("base") == first
    monkeypatch.undo()


def test_new_variants_are_added_to_the_file(run: Run) -> None:
    first = run("base")
    both = run("base,l2")
    assert both[0] == first[0]
    assert [row["variant"] for row in both] == ["base", "l2"]


def test_changes_can_be_combined(run: Run) -> None:
    (row,) = run("batch-norm+ibp-1")
    assert row["variant"] == "batch-norm+ibp-1"
    plan = variants.combined("batch-norm+ibp-1")(SMALL(recipe("default", 4.0)))
    assert plan.settings["norm"] == "batch"
    assert plan.regime.learning.back_projection.kind == "iterative"


def test_an_unknown_change_is_refused_before_any_training(run: Run) -> None:
    with pytest.raises(SettingsError, match="no variant nonsense"):
        run("base,batch-norm+nonsense")


def test_sizes_have_result_files_of_their_own(run: Run, tmp_path: Path) -> None:
    run("base")
    with pytest.raises(FileNotFoundError):
        (tmp_path / "x2-full.csv").open()
    run("base", size="full")
    assert (tmp_path / "x2-full.csv").exists()


def test_skull_on_sessions_are_scored_if_given(
    run: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[str] = []

    def aligned(self: Source, factor: float, *, guided: bool, every: int) -> Simulated:
        assert self.case is not None
        scored.append(self.name)
        return simulate(self.case, factor, guided=guided, every=every)

    monkeypatch.setattr(Source, "simulate", aligned)
    (row,) = run("base", clinical=cohort)
    assert scored == ["sub-01", "sub-04"], "the third session is left for the final test"
    assert float(row["skull_on_gain"]) != float(row["gain"])


def test_heads_are_added_to_the_training_set_if_given(
    run: Run, tmp_path: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated: list[int] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: Any, **rest: Any) -> Any:
        simulated.append(len(rest["simulated"]))
        return fit(self, make, examples, **rest)

    monkeypatch.setattr("studies.sources.make_pair", tiny.scene)
    monkeypatch.setattr(variants, "label_sources", lambda *_: [Source("labels 01", seed=9)])
    monkeypatch.setattr(External, "fit", spy)
    run("base")
    with (tmp_path / "x2.csv").open() as file:
        before = file.read()
    run("base", heads=tmp_path)
    assert simulated == [0, 2]
    assert (tmp_path / "x2.csv").read_text() == before
    assert (tmp_path / "x2-heads.csv").exists()


def test_without_a_choice_all_variants_run(
    run: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        variants, "evaluate", lambda name, *_: {"variant": name, "gain": 0.0, "psnr": 0.0}
    )
    assert [row["variant"] for row in run("")] == list(VARIANTS)


def test_held_out_subjects_and_references_are_never_training_images(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    examples_used: list[Example] = []
    make, fit = variants.low_resolution_examples, External.fit

    def read(cases: Any, *words: Any, **rest: Any) -> list[Example]:
        names.extend(case.name for case in cases)
        return make(cases, *words, **rest)

    def spy(self: External, maker: Any, examples: Any, **rest: Any) -> Any:
        examples_used.extend(examples)
        return fit(self, maker, examples, **rest)

    monkeypatch.setattr(variants, "low_resolution_examples", read)
    monkeypatch.setattr(External, "fit", spy)
    run("base")
    assert names == ["sub-01", "sub-02"]
    assert len(examples_used) == 2
    assert all(tuple(e.target.shape[2:]) == e.coarse.shape[:2] == (16, 14) for e in examples_used)
