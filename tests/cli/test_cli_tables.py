"""Tables keep every cell and never break a path."""

from pathlib import Path

import pytest

from crossres.cli.tables import columns, facts


def test_facts_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("a-folder" * 30) / "SR.nii.gz"
    facts("Enhanced", {"spacing": "4 mm", "scale": 2}, files=[path])
    title, *rows, last = capsys.readouterr().out.splitlines()
    assert title.strip() == "Enhanced"
    assert [row.split() for row in rows] == [["spacing", "4", "mm"], ["scale", "2"]]
    assert last == f"wrote {path}"


def test_columns(capsys: pytest.CaptureFixture[str]) -> None:
    columns("Series", ("name", "size"), [("[bold]T1[/bold]", "24 x 24"), ("T2", "12 x 12")])
    shown = capsys.readouterr().out
    assert "[bold]T1[/bold]" in shown, "cells are text, not markup"
    assert shown.index("name") < shown.index("24 x 24") < shown.index("12 x 12")
