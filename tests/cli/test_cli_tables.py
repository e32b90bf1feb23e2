"""Tables keep every cell and never break a path."""

from pathlib import Path

import pytest

from crossres.cli.messages import accept_any_text
from crossres.cli.tables import columns, facts
from crossres.files import escaped


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


@pytest.mark.parametrize("title", ["T2 [/b] tse", "[red]a[/red]", "sch\udce4del"])
def test_titles_are_no_markup(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    accept_any_text()
    facts(title, {"a": title})
    columns(title, ["a"], [[title]])
    assert capsys.readouterr().out.count(escaped(title)) == 4
