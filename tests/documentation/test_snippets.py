"""Every block of code in the documentation runs, unless it is one of the few exceptions."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doc_commands import NOT_RUN, check, run, run_script, why_not
from doc_pages import DOCS, PAGES, Block, blocks, mentioned, no_code, page_id

FOLLOWED = [
    path for path in PAGES if path.parent == DOCS / "tutorials" or path == DOCS / "get-started.md"
]
"""Pages whose blocks run in order, in a folder that is empty at first."""
LOOKED_UP = [page for page in PAGES if page not in FOLLOWED and blocks(page)]
"""Pages whose blocks run independently of each other, on prepared files."""


def runs(page: Path) -> list[Block]:
    return [block for block in blocks(page) if not no_code(block)]


def execute(page: Path, block: Block, names: dict[str, Any], *, overwrite: bool) -> None:
    """Run one block; fail where its language is unknown."""
    if block.language == "python":
        exec(compile("\n" * block.line + block.text, str(page), "exec"), names)
        return
    assert block.language == "shell", (
        f"{page.name}:{block.line}: unknown language {block.language!r}"
    )
    if block.loops:
        run_script(block.text)
        return
    for command in block.commands:
        check(command.words)
        if why_not(command.words) is None:
            run(command.words, command.code, overwrite=overwrite)


@pytest.mark.parametrize("page", FOLLOWED, ids=page_id)
def test_pages_can_be_followed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for script in page.parent.glob("*.py"):
        shutil.copy(script, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "documentation"}
    for block in runs(page):
        execute(page, block, names, overwrite=False)


# The prepared scans lie outside the range of the weights.
@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
@pytest.mark.parametrize("page", LOOKED_UP, ids=page_id)
@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader")  # of MONAI, when it loads a file
@pytest.mark.usefixtures("quick")
def test_what_is_looked_up_works(page: Path, fresh_folder: Callable[[], None]) -> None:
    names: dict[str, Any] = {"__name__": "documentation"}
    for block in runs(page):
        fresh_folder()
        execute(page, block, names, overwrite=True)


@pytest.mark.parametrize("page", [page for page in PAGES if mentioned(page)], ids=page_id)
def test_commands_that_made_the_numbers_have_these_options(page: Path) -> None:
    for command in mentioned(page):
        check(command.words)


def test_every_exception_is_still_needed() -> None:
    shell = [block for page in PAGES for block in blocks(page) if block.language == "shell"]
    there = [command for block in shell for command in block.commands]
    quoted = [command for page in PAGES for command in mentioned(page)]
    reasons = {why_not(command.words) for command in [*there, *quoted]}
    assert [start for start, why in NOT_RUN.items() if why not in reasons] == []
