"""What is said of progress where there is no terminal."""

import pytest

from crossres.cli.messages import Lines


def test_a_second_part_of_the_work_is_timed_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    lines = Lines("enhancing", clock=lambda: now)
    for part, seconds in ((10, 20.0), (4, 40.0)):
        now += 1000.0 * (part == 4)
        for done in range(1, part + 1):
            lines(done, part)
            now += seconds
    said = capsys.readouterr().err.splitlines()
    assert "crossres: enhancing: 3 of 10, about 140 s to go" in said
    assert "crossres: enhancing: 2 of 4, about 80 s to go" in said
