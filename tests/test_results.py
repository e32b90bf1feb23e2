"""The README of the results names every file and no other, and pages that exist."""

import re
import subprocess
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[1] / "results"
README = RESULTS / "README.md"
MOST = 60
pytestmark = pytest.mark.skipif(not README.exists(), reason="results are not in this distribution")


def files() -> set[str]:
    """Return the files under version control, or, without it, those on disk."""
    listed = subprocess.run(
        ["git", "ls-files", "."], cwd=RESULTS, capture_output=True, text=True, check=False
    )
    found = listed.stdout.splitlines() or [
        path.relative_to(RESULTS).as_posix() for path in RESULTS.rglob("*") if path.is_file()
    ]
    return set(found)


def table() -> list[list[str]]:
    """Return the cells of the README's table of files."""
    text = README.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [line.strip("| ").split(" | ") for line in lines]


def test_the_readme_names_every_file_once() -> None:
    named = [name for cells in table() for name in re.findall(r"`([^`]+)`", cells[0])]
    assert sorted([*named, "README.md"]) == sorted(files())


def test_every_file_has_a_command_and_a_page() -> None:
    for name, command, page in table():
        assert "`" in command or command.startswith("written with"), name
        assert "](" in page, name


def test_linked_pages_and_pictures_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8"))
    assert [target for target in targets if not (RESULTS / target).exists()] == []


def test_the_files_are_few() -> None:
    assert len(files()) <= MOST
    assert not [name for name in files() if re.search(r"[0-9a-f]{16}", name)], "a checksum"
