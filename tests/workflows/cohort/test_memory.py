"""The memory of a case follows its voxels, and limits the number of cases at a time."""

import shutil
from collections.abc import Callable

import pytest

from crossres.types import CrossresWarning, FileFormatError
from crossres.workflows.cohort import Job, workers_within
from crossres.workflows.cohort.memory import GB, OF_A_VOXEL, estimated_memory

Jobs = Callable[..., list[Job]]


def test_the_estimate_grows_with_the_voxels(jobs: Jobs) -> None:
    [two] = jobs("01")
    [four] = jobs("01", factor=(4.0,))
    voxels = [24 * 24 * 6, 48 * 48 * 6]
    assert estimated_memory(four) - estimated_memory(two) == pytest.approx(
        OF_A_VOXEL * (voxels[1] - voxels[0])
    )


def test_the_grid_that_a_request_leaves_open_is_estimated_too(jobs: Jobs) -> None:
    """With voxels of 2 x 2 x 4 mm it is isotropic at 2 mm, with twice the slices."""
    [two], [open_] = jobs("01", factor=(1.0, 1.0, 2.0)), jobs("01", factor=None, weights=())
    shutil.copy(open_.request.guide, open_.request.target)  # type: ignore[arg-type]
    assert estimated_memory(open_) == estimated_memory(two)


def test_as_many_as_fit(jobs: Jobs) -> None:
    given = jobs("01", "02")
    one = estimated_memory(given[0]) / GB
    for memory, workers in ((2.5 * one, 2), (1.1 * one, 1), (100 * one, 4)):
        assert workers_within(given, 4, memory) == workers
    assert workers_within([], 4, one) == 4


def test_too_little_for_one_is_warned_of(jobs: Jobs) -> None:
    with pytest.warns(CrossresWarning, match=r"a case may need 0.\d GB, more than `mem` 0.1"):
        assert workers_within(jobs("01"), 4, 0.1) == 1


def test_a_scan_that_cannot_be_read_counts_for_nothing(jobs: Jobs) -> None:
    given = jobs("01", "02")
    one = estimated_memory(given[0]) / GB
    given[1].request.target.write_text("no image")
    with pytest.raises(FileFormatError):
        estimated_memory(given[1])
    assert workers_within(given, 4, 2.5 * one) == 2
    assert workers_within(given[1:], 4, 0.1) == 4
