"""A finished request holds its sidecar, which is made once."""

from dataclasses import FrozenInstanceError, replace

import pytest

from crossres.workflows.enhance import EnhancedFiles
from crossres.workflows.enhance import result as module

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def test_the_sidecar_is_made_once(done: EnhancedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    first = done.sidecar
    monkeypatch.setattr(module, "sidecar_of", lambda *_: pytest.fail("made again"))
    assert done.sidecar is first


def test_the_sidecar_describes_this_result(done: EnhancedFiles) -> None:
    assert done.sidecar["weights"] == done.enhanced.weights
    assert set(done.inputs) == {"target", "guide"}


def test_results_are_fixed_and_compared_by_identity(done: EnhancedFiles) -> None:
    assert done == done
    assert done != replace(done)
    with pytest.raises(FrozenInstanceError):
        done.request = done.request  # type: ignore[misc]
