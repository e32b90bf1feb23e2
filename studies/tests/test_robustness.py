"""Weights are scored on each source beside bicubic."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from studies import robustness
from studies.robustness import (
    UNSEEN_LABELS,
    UNSEEN_SEEDS,
    evaluate,
    sources,
)
from studies.sources import LABELS, Source

from crossres.inference import Cascade
from crossres.io import find_cases
from crossres.networks import GuidedRDN
from crossres.networks.self_ensemble import SelfEnsemble
from crossres.weights import WeightCard, save_weights


def _cascade(guided: bool) -> Cascade:
    torch.manual_seed(0)
    return Cascade((GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guided),), 2.0)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Write untrained weights."""
    card = WeightCard(
        name="tiny", description="for tests", target="T2w", guide="T1w", network="guided-rdn",
        network_settings={"blocks": 1, "layers": 1, "width": 4, "norm": "none", "guided": True},
        stage_factor=2.0, deblur_noise=0.0, back_projection={"kind": "exact"}, factors=(2.0, 2.0),
        spacing_mm=(2.0, 2.0), acquisition="Gaussian", data="none", licence="Apache-2.0",
        commands=(), seed=0, commit="", results={},
    )  # fmt: skip
    path = tmp_path / "w.safetensors"
    save_weights(_cascade(guided=True), card, path)
    return path


@pytest.fixture
def chosen(
    cohort: Path, tiny: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, aligned: None
) -> list[Source]:
    """Return a session and a phantom, both tiny."""
    monkeypatch.setattr("studies.sources.make_pair", tiny.scene)
    return [Source("session", case=find_cases(cohort)[0]), Source("head", seed=3)]


def test_nothing_in_the_training_set_is_called_unseen() -> None:
    assert not set(UNSEEN_LABELS) & set(LABELS)


def test_all_kinds_of_sources_are_scored(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.write(tmp_path / "clinical", "sub-12", 1)
    tiny.write(tmp_path / "other_site", "sub-30", 2)
    names = [source.name for source in sources(tmp_path)]
    assert names[:2] == ["clinical sub-12", "other site sub-30"]
    assert len(names) == len(set(names)) == 2 + len(UNSEEN_LABELS) + len(UNSEEN_SEEDS)


@pytest.mark.parametrize("guided", [True, False])
def test_each_source_gets_its_rows(chosen: list[Source], guided: bool) -> None:
    scored = evaluate(_cascade(guided), chosen, 2.0, 4)
    assert list(scored) == ["session", "head"]
    for name, rows in scored.items():
        assert {row["case"] for row in rows} == {name}
        assert len(rows) == 4


def test_the_command_writes_rows_means_and_provenance(
    chosen: list[Source], weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested = []
    monkeypatch.setattr(robustness, "sources", lambda data: requested.append(data) or chosen)
    robustness.main(tmp_path, str(weights), 2.0, every=4, results=tmp_path / "results")
    assert requested == [tmp_path]
    with (tmp_path / "results" / "tiny.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["case"] for row in rows} == {"session", "head"}
    content = json.loads((tmp_path / "results" / "tiny.json").read_text())
    assert (content["weights"], content["factor"]) == ("tiny", 2.0)
    for name, mean in content["mean"].items():
        own = [float(r["psnr"]) - float(r["bicubic_psnr"]) for r in rows if r["case"] == name]
        assert mean["gain"] == pytest.approx(sum(own) / len(own))
    assert {"command", "commit", "machine"} < set(content["provenance"])


def test_an_ensemble_has_result_files_of_its_own(
    chosen: list[Source], weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robustness, "sources", lambda _: chosen[:1])
    evaluate, used = robustness.evaluate, []

    def recorded(cascade: Cascade, *rest: Any) -> Any:
        used.append(cascade)
        return evaluate(cascade, *rest)

    monkeypatch.setattr(robustness, "evaluate", recorded)
    gains = []
    for ensemble in (False, True):
        robustness.main(tmp_path, str(weights), 2.0, ensemble=ensemble, results=tmp_path)
        name = "tiny-ensemble" if ensemble else "tiny"
        gains.append(json.loads((tmp_path / f"{name}.json").read_text())["mean"]["session"]["gain"])
    assert gains[0] == pytest.approx(gains[1], abs=0.5)
    assert [type(cascade.networks[0]) for cascade in used] == [GuidedRDN, SelfEnsemble]


@pytest.mark.usefixtures("aligned")
def test_subjects_of_the_cohort_have_result_files_of_their_own(
    cohort: Path, weights: Path, tmp_path: Path
) -> None:
    (tmp_path / "cohort").symlink_to(cohort)
    name = find_cases(cohort)[0].name
    robustness.main(tmp_path, str(weights), 2.0, cohort=[name], results=tmp_path)
    content = json.loads((tmp_path / "tiny-cohort.json").read_text())
    assert list(content["mean"]) == [f"cohort {name}"]
    assert not (tmp_path / "tiny.json").exists()
