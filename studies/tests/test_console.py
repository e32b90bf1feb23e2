"""Long studies print their progress at regular intervals."""

import pytest
from studies.console import PrintProgress


def test_every_nth_step_is_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    report = PrintProgress(every=10)
    for step in range(1, 26):
        report(step, 25)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split(",")[0] for line in captured.err.splitlines()] == [
        "step 10/25",
        "step 20/25",
    ]
