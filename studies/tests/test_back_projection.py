"""Kinds of back-projection: the exact one agrees, and tables average over cases."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from studies import back_projection
from studies.back_projection import (
    FACTORS,
    KINDS,
    NOISES,
    compare,
    main,
    tabulate,
)

from crossres.io import find_cases
from crossres.reproduction.scoring import Row
from crossres.reproduction.simulated import FOLD_1
from crossres.types import FileFormatError


def _by_kind(rows: list[Row], quantity: str) -> dict[str, float]:
    return {str(row["kind"]): float(str(row[quantity])) for row in rows}


def test_without_noise_the_exact_projection_agrees_and_is_nearer(cohort: Path) -> None:
    rows = compare(find_cases(cohort)[0], 2.0, 0.0, every=4)
    residual, psnr = _by_kind(rows, "residual"), _by_kind(rows, "psnr")
    assert list(residual) == list(KINDS)
    assert residual["exact"] < 1e-3 < residual["5 steps"] < residual["1 step"] < residual["cubic"]
    assert psnr["exact"] > psnr["cubic"]


def test_noise_is_repeatable_and_costs_psnr(cohort: Path) -> None:
    case = find_cases(cohort)[0]
    clean, noisy = (_by_kind(compare(case, 2.0, n, every=8), "psnr") for n in (0.0, 0.03))
    assert all(noisy[kind] < clean[kind] for kind in ("cubic", "exact"))
    assert noisy == _by_kind(compare(case, 2.0, 0.03, every=8), "psnr")
    lost = {kind: clean[kind] - noisy[kind] for kind in KINDS}
    assert lost["Tikhonov 1"] < lost["exact"], "regularised projections let less noise in"


def test_the_table_averages_over_the_cases() -> None:
    rows: list[Row] = [
        {"case": case, "factor": f, "noise": n, "kind": k, "psnr": value, "residual": 2 * value}
        for case, value in (("a", 1.0), ("b", 4.0))
        for f in FACTORS
        for n in NOISES
        for k in KINDS
    ]
    rows[0]["psnr"] = 3.0
    table = tabulate(rows)
    assert len(table) == len(FACTORS) * len(NOISES) * len(KINDS)
    assert (table[0]["psnr"], table[0]["residual"]) == (3.5, 5.0)
    assert all((row["psnr"], row["residual"]) == (2.5, 5.0) for row in table[1:])


def test_the_command_writes_table_and_provenance(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(back_projection, "NOISES", (0.0,))
    monkeypatch.setattr(back_projection, "FACTORS", (2.0,))
    collected = []

    def spy(case: object, *words: object) -> list[Row]:
        collected.append(case.name)  # type: ignore[attr-defined]
        return compare(case, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(back_projection, "compare", spy)
    main(cohort, every=8, results=tmp_path / "bp")
    assert collected == list(FOLD_1)
    with (tmp_path / "bp.csv").open(newline="") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == list(KINDS)
    content = json.loads((tmp_path / "bp.json").read_text())
    assert (content["cases"], content["every"]) == (list(FOLD_1), 8)
    assert {"command", "commit", "machine"} < set(content["provenance"])


def test_a_cohort_without_the_fold_is_refused(tmp_path: Path, tiny: SimpleNamespace) -> None:
    tiny.write(tmp_path / "few", "sub-04", 1)
    with pytest.raises(FileFormatError, match="sub-08"):
        main(tmp_path / "few", every=8, results=tmp_path / "bp")
    assert not (tmp_path / "bp.json").exists()
