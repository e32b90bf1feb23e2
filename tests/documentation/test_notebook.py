"""The notebook of the documentation runs, and holds outputs of small size."""

from pathlib import Path

import pytest

from doc_pages import DOCS

nbformat = pytest.importorskip("nbformat")
NOTEBOOK = DOCS / "tutorials" / "notebook.ipynb"


def texts(notebook: object) -> list[str]:
    return [
        output.get("text", "")
        for cell in notebook.cells  # type: ignore[attr-defined]
        for output in cell.get("outputs", [])
    ]


def test_every_cell_was_executed_and_no_volume_is_stored() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert "widgets" not in notebook.metadata
    assert NOTEBOOK.stat().st_size < 400_000
    assert any("dB" in text for text in texts(notebook))


def test_it_runs_from_the_first_cell_to_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ipyniivue")
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    names: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, NOTEBOOK.name, "exec"), names)
    assert len(names["panes"].children) == 3  # type: ignore[attr-defined]
