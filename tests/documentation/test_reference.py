"""The reference is what the docstrings say, and lacks no public name."""

import importlib.util
import re
import sys
from types import ModuleType

import pytest

import crossres
from doc_pages import DOCS


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """Load the script, which is in no package."""
    spec = importlib.util.spec_from_file_location("make_reference", DOCS / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(maker: ModuleType) -> dict[str, str]:
    pages: dict[str, str] = maker.pages()
    return pages


def test_the_pages_are_up_to_date(made: dict[str, str]) -> None:
    kept = {page.name: page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md")}
    stale = [name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name)]
    assert stale == [], "run python docs/make_reference.py"


def test_every_name_of_the_package_is_there(made: dict[str, str]) -> None:
    names = set(crossres.__all__) - {"__version__"}
    links = re.findall(r"\| \[`(\w+)`\]\((\w+\.md)#\w+\)", made["index.md"])
    assert {name for name, _ in links} == names
    assert [name for name, page in links if f"\n## `{name}`\n" not in made[page]] == []


def test_what_the_library_page_imports_is_there(made: dict[str, str]) -> None:
    text = (DOCS / "library.md").read_text("utf-8")
    imports = re.findall(r"^from crossres\.([\w.]+) import (.+)$", text, re.MULTILINE)
    assert imports
    names = [(module, name) for module, several in imports for name in several.split(", ")]
    missing = [(m, name) for m, name in names if f"\n## `{name}`\n" not in made[f"{m}.md"]]
    assert missing == []


def test_nothing_is_imported_to_read_it(maker: ModuleType) -> None:
    before = set(sys.modules)
    maker.pages()
    assert {name for name in set(sys.modules) - before if name.startswith("crossres")} == set()


def test_arguments_are_told_with_what_they_mean(made: dict[str, str]) -> None:
    page = made["simulation.md"]
    assert "degrade(volume: Volume, coarse: Grid, *, noise: float = 0.0, seed: int = 0)" in page
    assert re.search(r"^- `noise`: \w+", page, re.MULTILINE)
