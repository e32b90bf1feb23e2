"""Series are separated into stacks, each with a unique label and key."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossres.io.dicom.frames import Frame
from crossres.io.dicom.series import series_of
from crossres.types import GridError

CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def frame(z: float, **changes: Any) -> Frame:
    plain = Frame(
        path=Path(f"slice{z}"), index=0, several=False, series="1.2.3", instance=f"1.{z}",
        sop_class="1", description="T2", reference="",
        modality="MR", kind=("ORIGINAL", "PRIMARY", "M"),
        echo=90.0, size=(5, 4), colours=1, photometric="MONOCHROME2", table=False,
        position=(0.0, 0.0, z), orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), spacing=(1.0, 1.0),
        thickness=None, slope=1.0, intercept=0.0,
    )  # fmt: skip
    return replace(plain, **changes)


def stack(**changes: Any) -> list[Frame]:
    return [frame(z, **changes) for z in (0.0, 4.0, 8.0)]


def labels(frames: list[Frame]) -> list[str]:
    return [series.label for series in series_of(frames)]


def test_one_stack_keeps_its_description() -> None:
    [series] = series_of(stack())
    assert (series.label, series.name, series.key) == ("T2", "T2", "1.2.3")
    assert (series.modality, series.plane, len(series.places)) == ("MR", "axial", 3)
    assert series.grid.shape == (4, 5, 3)
    assert series.problem == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"echo": 30.0}, ["T2 [TE 30]", "T2 [TE 90]"]),
        ({"echo": None}, ["T2 [no TE]", "T2 [TE 90]"]),
        (
            {"kind": ("ORIGINAL", "PRIMARY", "P")},
            ["T2 [ORIGINAL/PRIMARY/M]", "T2 [ORIGINAL/PRIMARY/P]"],
        ),
        ({"size": (9, 8)}, ["T2 [4 x 5]", "T2 [8 x 9]"]),
        ({"orientation": CORONAL}, ["T2 [axial]", "T2 [coronal]"]),
        ({"spacing": (2.0, 2.0)}, ["T2 [1]", "T2 [2]"]),
        ({"orientation": CORONAL, "echo": 30.0}, ["T2 [axial, TE 90]", "T2 [coronal, TE 30]"]),
    ],
)  # fmt: skip
def test_mixed_series_become_stacks(changes: dict[str, Any], expected: list[str]) -> None:
    mixed = [*stack(), *stack(**changes)]
    assert labels(mixed) == expected
    assert {series.key for series in series_of(mixed)} == {"1.2.3#1", "1.2.3#2"}


def test_directions_with_small_differences_are_one_stack() -> None:
    shaken = [
        frame(4.0 * k, orientation=(1.0, k * 1e-5, 0.0, -k * 1e-5, 1.0, 0.0)) for k in range(9)
    ]
    assert labels(shaken) == ["T2"]


def test_without_numbers_for_a_direction_there_is_one_stack() -> None:
    nan = float("nan")
    assert len(series_of(stack(orientation=(nan,) * 6, spacing=(nan, nan)))) == 1


def test_a_series_without_description_is_named_by_its_files() -> None:
    [series] = series_of(stack(description=""))
    assert (series.label, series.name) == ("", "DICOM series, 3 files")
    assert "(no description)" in series.line


def test_endings_of_uids_distinguish_series() -> None:
    uids = ["1.3.12.2.107.5.1.0.0.0", "1.3.12.2.107.5.2.0.0.0", "1.2.840.77"]
    found = series_of([frame for uid in uids for frame in stack(series=uid)])
    assert len({series.ending for series in found}) == 3
    for series in found:
        others = [uid for uid in uids if uid != series.key]
        assert series.key.endswith(series.ending)
        assert not any(uid.endswith(series.ending) for uid in others)


def test_a_problem_is_found_before_pixels_are_read() -> None:
    [series] = series_of([frame(0.0), frame(4.0), frame(12.0)])
    assert "lacks 1 slice" in series.problem
    with pytest.raises(GridError, match="lacks 1 slice"):
        _ = series.grid
