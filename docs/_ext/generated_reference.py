"""Sphinx extension: write the generated part of the reference when a build begins.

The names of the Python API are those in ``__all__`` of the package and of its public modules (a
module without ``__all__`` exports what it defines without a leading underscore). Verbs and options
come from the command line itself. Everything is written into ``reference/generated``, which is not
under version control.
"""

from pathlib import Path

import command_options
import python_api
from sphinx.application import Sphinx

FOLDER = Path("reference", "generated")


def generate(app: Sphinx) -> None:
    """Write the pages that differ from those of an earlier build, and remove stale ones."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    pages = {**python_api.pages(), "options.rst": command_options.page()}
    for old in folder.glob("*.rst"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        page = folder / name
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
