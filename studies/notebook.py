"""Execute the notebook of the documentation, and store its outputs.

python -m studies.notebook
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path("docs/tutorials/notebook.ipynb")


def execute(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with fresh outputs; the state of widgets, tens of MB, is left out."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", store_widget_state=False)
    client.execute(cwd=str(path.parent))
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


if __name__ == "__main__":
    nbformat.write(execute(NOTEBOOK), NOTEBOOK)
