"""Progress where there is no terminal, and messages with options."""

import sys

import numpy as np
import pytest

from crossres.cli.messages import (
    Lines,
    failure_of,
    one_line,
    one_line_warnings,
    with_options,
)
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


def test_an_overflow_is_shown_on_request_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "warnoptions", [])
    with one_line_warnings():
        np.multiply(np.float32(3e38), np.float32(10))
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "warnoptions", ["error"])
    with one_line_warnings(), pytest.raises(RuntimeWarning, match="overflow"):
        np.multiply(np.float32(3e38), np.float32(10))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n\tb\r\n", "a b"),
        ("\x1b]0;title\x07 \x1b[2Jgone", r"\x1b]0;title\x07 \x1b[2Jgone"),
        ("sch\udce4del \x9b1m", r"sch\xe4del \x9b1m"),
    ],
)
def test_no_name_of_a_file_controls_the_terminal(text: str, line: str) -> None:
    assert one_line(text) == line
