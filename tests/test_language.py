"""Code and pages use the terms of the field, and public docstrings are complete."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import crossres

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "crossres"
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py"]
PERSONIFYING = re.compile(
    r"\b(tell|tells|telling|told|say|says|saying|said|ask|asks|asking|asked|somebody|someone)\b",
    re.IGNORECASE,
)
"""Code reports, requires and returns; only people speak."""
RETIRED = re.compile(
    r"(?i:rehears|\bsharpener|\bbeliefs?\b|\bdrawn heads?\b)"
    r"|\b(?:carry_out|essentials|Windowed)\b|\b(?:agreeing|lacking)\(|\.lacking\b|\blacking[:=]"
)
"""Words and names of earlier versions that a term of the field has replaced."""
EARLIER_VERSIONS = {
    "tests/test_language.py",
    "studies/HISTORY.md",
    "studies/compare_outputs.py",
    "studies/tests/test_compare_outputs.py",
}
"""Files that name the words of earlier versions on purpose."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_id(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def texts(*folders: str) -> dict[str, str]:
    """Return code and pages of folders by path, except for built pages and for this file."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for path in paths
        if path.suffix in (".py", ".pyi", ".md") and "_build" not in path.parts
        if path != Path(__file__).resolve()
    }


@pytest.mark.parametrize("folders", [("src", "docs"), ("tests", "studies")], ids="-".join)
def test_personifying_words_are_rare(folders: tuple[str, ...]) -> None:
    found = {
        path: (len(PERSONIFYING.findall(text)), text) for path, text in texts(*folders).items()
    }
    lines = sum(text.count("\n") for _, text in found.values())
    worst = sorted(((n, path) for path, (n, _) in found.items() if n), reverse=True)
    assert sum(n for n, _ in worst) * 1000 / lines < 1, worst[:20]


def test_retired_words_do_not_return() -> None:
    found = {
        path: sorted(set(RETIRED.findall(text)))
        for path, text in texts("src", "docs", "tests", "studies").items()
        if path not in EARLIER_VERSIONS and RETIRED.search(text)
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["rehearsal", "Sharpener", "a belief", "a drawn head", "carry_out(", "essentials", "Windowed(",
     "x.agreeing(how)", "blend.lacking", "lacking=(0, 0)"],
)  # fmt: skip
def test_retired_words_are_found(text: str) -> None:
    assert RETIRED.search(text)


@pytest.mark.parametrize("text", ["agreeing", "is lacking", "sharpening", "sharpened", "windowed"])
def test_other_words_are_no_retired_ones(text: str) -> None:
    assert not RETIRED.search(text)


def public_functions(path: Path) -> Iterator[tuple[str, Function]]:
    """Yield the public functions and methods of a module; commands are documented by their help."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            of_command = any("app.command" in ast.unparse(one) for one in node.decorator_list)
            if not of_command and "Annotated" not in ast.dump(node.args):
                yield node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for each in node.body:
                if isinstance(each, Function) and not each.name.startswith("_"):
                    yield f"{node.name}.{each.name}", each


def undocumented(name: str, function: Function) -> list[str]:
    """Return what the docstring of a function lacks."""
    text = ast.get_docstring(function) or ""
    decorators = {ast.unparse(each) for each in function.decorator_list}
    if any("property" in each for each in decorators):
        return [] if text else [f"{name}: no docstring"]
    given = function.args
    arguments = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    arguments += [a.arg for a in (given.vararg, given.kwarg) if a is not None]
    missing = [
        f"{name}: {argument}"
        for argument in arguments
        if argument not in ("self", "cls") and not re.search(rf"^\s+{argument}: ", text, re.M)
    ]
    returned = "None" if function.returns is None else ast.unparse(function.returns)
    if returned not in ("None", "NoReturn") and not re.search(r"^(Returns|Yields):", text, re.M):
        missing.append(f"{name}: Returns")
    return missing


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_public_functions_document_arguments_and_returns(path: Path) -> None:
    found = [lack for name, node in public_functions(path) for lack in undocumented(name, node)]
    assert found == []


@pytest.mark.parametrize("name", sorted(set(crossres.__all__) - {"__version__"}))
def test_public_names_have_an_example(name: str) -> None:
    assert "Example:" in (getattr(crossres, name).__doc__ or "")
