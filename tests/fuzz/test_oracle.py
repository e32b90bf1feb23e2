"""The oracle finds each kind of fault, and takes none for one that is none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fuzz.case import Case, Command, Meaning, Truth
from fuzz.oracle import Outcome, coarsely_differs, differs, judge
from fuzz.scenes import head
from fuzz.server import BYTES, SECONDS, Ended, Server
from fuzz.templates import write_scan

WARNING = "crossres: warning: both forms are coded\n"
ERROR = "crossres: error: damaged; get a new copy\n"


class Planted(Server):
    """Ends in a planted way instead of running a command."""

    def __init__(self, ended: Ended, action: Callable[[Path], object] = lambda _: None) -> None:
        super().__init__()
        self.ended, self.action = ended, action

    def run(self, words: object, folder: Path, log: Path) -> Ended:
        self.action(folder)
        return self.ended


def ended(code: int = 0, stderr: str = "", seconds: float = 0.1, peak: int = 1) -> Ended:
    return Ended(code, seconds, peak, "", stderr)


@pytest.fixture
def outcome(tmp_path: Path) -> Callable[..., Outcome]:
    out = tmp_path / "out"
    out.mkdir()

    def judged(server: Server, meaning: Meaning = Meaning.EITHER, **command: object) -> Outcome:
        planted = Command(("info", "x"), **command)  # type: ignore[arg-type]
        return judge(Case((), meaning, (planted,)), server, out, tmp_path / "log").outcome

    return judged


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (ended(), Outcome.OK),
        (ended(stderr=WARNING), Outcome.WARNED),
        (ended(2, ERROR), Outcome.REFUSED),
        (ended(2, WARNING + ERROR), Outcome.REFUSED),
        (ended(1, "crossres: failed: sub-01: damaged\n"), Outcome.REFUSED),
        (ended(1, "Traceback (most recent call last)\nKeyError: 3"), Outcome.TRACEBACK),
        (ended(1), Outcome.EXIT),
        (ended(-11), Outcome.EXIT),
        (ended(2), Outcome.NOISE),
        (ended(2, ERROR + ERROR), Outcome.NOISE),
        (ended(0, "RuntimeWarning: overflow\n"), Outcome.NOISE),
        (ended(-9, seconds=SECONDS + 1), Outcome.HANG),
        (ended(-9, peak=BYTES + 1), Outcome.MEMORY),
    ],
)
def test_ends_of_commands(end: Ended, expected: Outcome, outcome: Callable[..., Outcome]) -> None:
    assert outcome(Planted(end)) is expected


def test_files_left_after_a_refusal_are_found(outcome: Callable[..., Outcome]) -> None:
    left = Planted(ended(2, ERROR), lambda folder: (folder / "sr.json").touch())
    assert outcome(left) is Outcome.LEFTOVER


def test_files_that_a_command_may_leave_are_none(outcome: Callable[..., Outcome]) -> None:
    left = Planted(ended(2, ERROR), lambda folder: (folder / "sr.json").touch())
    assert outcome(left, may_leave=("out/*.json",)) is Outcome.REFUSED


def test_temporary_files_are_found_after_success_too(outcome: Callable[..., Outcome]) -> None:
    left = Planted(ended(), lambda folder: (folder / ".part-1-sr.nii.gz").touch())
    assert outcome(left) is Outcome.LEFTOVER


def test_a_contradiction_needs_a_warning(outcome: Callable[..., Outcome]) -> None:
    assert outcome(Planted(ended()), Meaning.LOUD) is Outcome.SILENT
    assert outcome(Planted(ended(stderr=WARNING)), Meaning.LOUD) is Outcome.WARNED
    assert outcome(Planted(ended()), Meaning.LOUD, lists=True) is Outcome.OK


def test_a_refused_valid_file_is_counted(outcome: Callable[..., Outcome]) -> None:
    found = outcome(Planted(ended(2, ERROR)), Meaning.HARMLESS)
    assert found is Outcome.NEEDLESS
    assert not found.fault


@pytest.mark.parametrize("moved", [0.0, 1.0])
def test_a_volume_at_another_place_is_silent_corruption(
    moved: float, outcome: Callable[..., Outcome]
) -> None:
    truth = head()
    affine = truth.affine.copy()
    affine[2, 3] += moved

    def write(folder: Path) -> None:
        write_scan(folder / "sr.nii.gz", Truth(truth.data, affine))

    found = outcome(Planted(ended(), write), volume="sr.nii.gz", truth=truth)
    assert found is (Outcome.SILENT if moved else Outcome.OK)


def test_an_output_that_cannot_be_read_is_silent_corruption(
    outcome: Callable[..., Outcome],
) -> None:
    damaged = Planted(ended(), lambda folder: (folder / "sr.nii.gz").write_bytes(b"no image"))
    assert outcome(damaged, volume="sr.nii.gz") is Outcome.SILENT


def test_images_are_compared_in_place_shape_and_values() -> None:
    truth = head()
    assert differs(truth, truth) == ""
    assert "shape" in differs(truth, Truth(truth.data[:-1], truth.affine))
    assert "values" in differs(truth, Truth(truth.data + 1, truth.affine))
    assert "values" in differs(truth, Truth(truth.data[:, :, ::-1], truth.affine))
    assert "finite" in differs(None, Truth(truth.data * np.nan, truth.affine))


def test_results_on_another_grid_are_compared_by_blocks() -> None:
    truth, steps = head(), np.diag([0.5, 0.5, 1, 1])
    steps[:2, 3] = -0.25
    fine = Truth(truth.data.repeat(2, 0).repeat(2, 1), truth.affine @ steps)
    assert coarsely_differs(truth, fine) == ""
    assert "blocks" in coarsely_differs(truth, Truth(fine.data[::-1], fine.affine))
    assert "corners" in coarsely_differs(truth, Truth(fine.data, truth.affine))
