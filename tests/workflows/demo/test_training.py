"""The training of the demonstration: on the phantoms that it names, on coarse scans only."""

from pathlib import Path
from typing import Any

import pytest

from crossres.training import External
from crossres.weights import load_weights, read_card
from crossres.workflows.demo import make_phantoms, train_weights
from demonstrations import small_demonstration


def test_phantoms_of_an_earlier_run_are_not_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    fit = External.fit

    def spy(self: External, make: Any, examples: Any, **rest: Any) -> Any:
        counted.append(len(examples))
        return fit(self, make, examples, **rest)

    make_phantoms(small_demonstration(tmp_path / "demo", subjects=2))
    monkeypatch.setattr(External, "fit", spy)
    fewer = small_demonstration(tmp_path / "demo", subjects=1, steps=1)
    train_weights(fewer)
    assert counted == [1]
    assert read_card(fewer.weights).data == "1 digital phantoms"
    assert load_weights(fewer.weights).guided
