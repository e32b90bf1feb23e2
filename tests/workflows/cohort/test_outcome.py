"""Whatever happens to a case is reported in one line."""

import pickle

import pytest

from crossres.types import VolumeError
from crossres.workflows.cohort import Outcome


class OutOfMemoryError(RuntimeError):
    """Has the name of torch's error."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (VolumeError("what is wrong;\nwhat to do"), "what is wrong; what to do"),
        (MemoryError(), "out of memory; give fewer `workers` or a smaller `batch`"),
        (OutOfMemoryError("CUDA"), "out of memory; give fewer `workers` or a smaller `batch`"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            "out of memory; give fewer `workers` or a smaller `batch`",
        ),
        (OSError(28, "No space left", "x.nii"), "x.nii: No space left; check the path"),
        (OSError("odd"), "a file: odd; check the path"),
    ],
)
def test_what_a_user_can_put_right(error: Exception, reason: str) -> None:
    outcome = Outcome.failed("sub-1", error)
    assert outcome == Outcome("sub-1", "failed", reason)
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_a_defect_of_crossres_has_a_traceback() -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        outcome = Outcome.failed("sub-1", error)
    assert outcome.reason.startswith("ZeroDivisionError: division by zero; a defect of crossres")
    assert "test_outcome.py" in outcome.trace


def test_a_process_that_was_killed() -> None:
    outcome = Outcome.killed("sub-1")
    assert outcome.state == "failed"
    assert "killed" in outcome.reason
