"""The code speaks the language of the field, and public docstrings are complete."""

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
Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_id(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def test_personifying_words_are_rare() -> None:
    pages = [p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts]
    texts = {path: path.read_text("utf-8") for path in [*PACKAGE.rglob("*.py"), *pages]}
    found = {path: len(PERSONIFYING.findall(text)) for path, text in texts.items()}
    lines = sum(text.count("\n") for text in texts.values())
    worst = sorted(((n, str(p.relative_to(ROOT))) for p, n in found.items() if n), reverse=True)
    assert sum(found.values()) * 1000 / lines < 1, worst[:20]


def public_functions(path: Path) -> Iterator[tuple[str, Function]]:
    """Yield the public functions and methods of a module; commands are documented by their help."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            if "Annotated" not in ast.dump(node.args):
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
