"""The predicted error is added to the JSON file with its time, and summary and methods state it."""

from dataclasses import replace
from typing import Any

import pytest

from crossres.inference.predicted_error import PredictedError
from crossres.workflows.enhance import EnhancedFiles
from crossres.workflows.enhance.predicted_error import (
    predicted_error_row,
    predicted_error_sentence,
    with_predicted_error,
)

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def predicted(done: EnhancedFiles, level: float, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the content with a prediction that is one number in all voxels."""
    volume = done.enhanced.volume
    error = PredictedError(volume.with_data(0 * volume.data + level), 1.63, ())
    monkeypatch.setattr("crossres.inference.enhanced.predict_error", lambda _: error)
    return with_predicted_error(done.sidecar, replace(done.enhanced))


def test_the_entry_the_sentence_and_the_time_are_added(
    done: EnhancedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = predicted(done, 20.0, monkeypatch)
    entry, before = content["predicted_error"], done.sidecar
    assert entry["median"] == 20
    assert entry["median_share"] == pytest.approx(20 / entry["white"])
    share = f"{100 * entry['median_share']:.1f}"
    assert content["methods"].startswith(str(before["methods"]))
    assert content["methods"].endswith("intervals reach to ± 1.63 times this deviation.")
    assert f"its median in the head is {share}\u00a0% of" in content["methods"]
    assert predicted_error_row(content)["predicted error"].startswith(
        f"median {share} % of white; "
    )
    times, earlier = content["timings_seconds"], done.enhanced.timings
    assert times["predicted_error"] > 0
    assert times["total"] == pytest.approx(earlier["total"] + times["predicted_error"])
    assert "predicted_error" not in before


def test_nothing_is_stated_of_an_error_that_was_not_predicted(
    done: EnhancedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossres.inference.enhanced.predict_error", lambda _: None)
    content = with_predicted_error(done.sidecar, replace(done.enhanced))
    assert "too small" in content["predicted_error"]["not_predicted"]
    assert content["methods"] == done.sidecar["methods"]
    for each in (content, done.sidecar):
        assert (predicted_error_row(each), predicted_error_sentence(each)) == ({}, "")
