"""Progress where there is no terminal, and messages with options."""

import pytest

from crossres.cli.messages import Lines, failure_of, with_options
from crossres.types import SettingsError


def test_a_second_part_of_the_work_is_timed_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    lines = Lines("enhancing", clock=lambda: now)
    for part, seconds in ((10, 20.0), (4, 40.0)):
        now += 1000.0 * (part == 4)
        for done in range(1, part + 1):
            lines(done, part)
            now += seconds
    lines_shown = capsys.readouterr().err.splitlines()
    assert "crossres: enhancing: 3 of 10, about 140 s to go" in lines_shown
    assert "crossres: enhancing: 2 of 4, about 80 s to go" in lines_shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set `overwrite` to replace it", "set --overwrite to replace it"),
        ("`back_projection` exact", "--back-projection exact"),
        ("choose by `guide_filters` acq=high", "choose by --guide-filter acq=high"),
        ("register it (`register=True`)", "register it (without --no-register)"),
        ("trust the headers (`register=False`)", "trust the headers (--no-register)"),
        ("begin elsewhere (`start=centres`)", "begin elsewhere (--start centres)"),
        ("make it: `crossres enhance ... --maps`", "make it: `crossres enhance ... --maps`"),
    ],
)
def test_parameters_are_replaced_by_options(text: str, expected: str) -> None:
    assert with_options(text) == expected


def test_an_error_of_the_library_has_options_in_the_command_line() -> None:
    failure = failure_of(SettingsError("`noise` is below 0; give more"))
    assert failure == ("error: --noise is below 0; give more", 2)


def test_a_defect_is_no_failure() -> None:
    assert failure_of(ZeroDivisionError()) is None
