"""Links of the documentation resolve, and its lists agree with the code."""

import configparser
import doctest
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from crossres.cli import app
from doc_pages import DOCS, PAGES, ROOT, page_id

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+?) *$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGE_LINK = re.compile(r"(?<!!)\[[^\[\]]*\]\(([^)\s]+)\)")
PLACEHOLDER = re.compile(r"@[A-Z]+@")
"""Stands for a number that is not measured yet."""

SOURCE = ROOT / "src"
WITH_EXAMPLES = [p for p in sorted(SOURCE.rglob("*.py")) if ">>> " in p.read_text("utf-8")]


# Small phantoms lie outside the range of the weights.
@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=page_id)
def test_the_examples_of_docstrings_run(module: Path) -> None:
    name = ".".join(module.relative_to(SOURCE).with_suffix("").parts)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def anchors(page: Path) -> set[str]:
    """Return the anchors that a git host gives to the headings of a page."""
    headings = HEADING.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_relative_links_resolve(page: Path) -> None:
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    missing = []
    for link in LINK.findall(prose):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if "://" not in link and not (
            target.exists() and (not anchor or anchor in anchors(target))
        ):
            missing.append(link)
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_placeholder_is_left(page: Path) -> None:
    assert PLACEHOLDER.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.is_relative_to(DOCS)], ids=page_id)
def test_links_of_pages_stay_in_the_site(page: Path) -> None:
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    links = [link.partition("#")[0] for link in PAGE_LINK.findall(prose) if "://" not in link]
    outside = [link for link in links if not (page.parent / link).resolve().is_relative_to(DOCS)]
    assert not outside


def commands(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Yield the verbs of a command line with their names."""
    for name, command in group.commands.items():
        yield f"{words} {name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{words} {name}")


def test_every_verb_is_described() -> None:
    text = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    verbs = [words for words, _ in commands(typer.main.get_command(app), "crossres")]
    assert len(verbs) >= 8
    assert [words for words in verbs if not re.search(rf"^{words}\b", text, re.MULTILINE)] == []


def test_no_option_is_invented() -> None:
    group = typer.main.get_command(app)
    known = {"--help", *(option for parameter in group.params for option in parameter.opts)}
    for _, command in commands(group, "crossres"):
        known.update(option for parameter in command.params for option in parameter.opts)
    text = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?<![\w|-])--[a-z]+(?:-[a-z]+)*", text)) <= known


def floors_of(lines: str) -> list[set[str]]:
    """Return the modules of each floor, top first."""
    return [
        {name.strip() for name in re.sub(r"^\d+", "", line.strip()).split("|")}
        for line in lines.strip().splitlines()
    ]


def test_the_floors_are_those_that_are_enforced() -> None:
    enforced = configparser.ConfigParser()
    enforced.read(ROOT / ".importlinter")
    text = (DOCS / "development" / "design.md").read_text(encoding="utf-8")
    described = re.search(r"^```floors\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert described is not None
    layers = enforced["importlinter:contract:floors"]["layers"]
    assert floors_of(described.group(1)) == floors_of(layers)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    required = [
        *project["project"]["dependencies"],
        *(one for extra in extras.values() for one in extra if not one.startswith("crossres[")),
        *project["build-system"]["requires"],
    ]
    text = (DOCS / "development" / "dependencies.md").read_text(encoding="utf-8")
    names = [re.split(r"[<>=~!\[; ]", requirement)[0] for requirement in required]
    assert [name for name in names if f"\n| {name} |" not in text] == []


def table_rows(page: Path) -> list[str]:
    """Return the first cells of the tables of a page, without their heads and those of figures."""
    text = page.read_text("utf-8").partition("## How it was tried")[0]
    heads = re.findall(r"^\| (.+?) \|.*\n\|---", text, re.MULTILINE)
    cells = re.findall(r"^\| (.+?) \| ", text, re.MULTILINE)
    return [cell for cell in cells if cell not in heads]


def row_tests(name: str) -> dict[str, str]:
    """Return the test of each row of a page, from a table with two columns."""
    lines = (ROOT / "tests" / name).read_text("utf-8").splitlines()[1:]
    pairs = [line.split("\t") for line in lines]
    assert len({row for row, _ in pairs}) == len(pairs)
    return dict(pairs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("page", "table"),
    [("how-to/odd-input.md", "odd_input.tsv"), ("reliability.md", "reliability.tsv")],
)
def test_every_row_has_a_test(page: str, table: str) -> None:
    tests = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    rows, tested = table_rows(DOCS / page), row_tests(table)
    assert rows == list(tested)
    assert [row for row, test in tested.items() if test not in tests] == []


def test_the_number_of_odd_inputs_is_true() -> None:
    text = (DOCS / "how-to" / "odd-input.md").read_text("utf-8")
    assert f"The tables have {len(row_tests('odd_input.tsv'))} rows." in text
