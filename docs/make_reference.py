"""Write docs/reference/ from the docstrings.

    python docs/make_reference.py

Nothing is imported but read: signatures and docstrings come from the source, by griffe. A test
compares what is in the repository with what this makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MODULES = (
    "volume",
    "io",
    "io.dicom",
    "registration",
    "pairing",
    "physics",
    "simulation",
    "phantom",
    "networks",
    "losses",
    "guided_regression",
    "cascade",
    "patches",
    "training",
    "regimes",
    "recipes",
    "datasets",
    "learning",
    "weights",
    "inference",
    "rehearsal",
    "blending",
    "uncertainty",
    "metrics",
    "intensity",
    "enhancement",
    "cohort",
    "types",
)
_HEAD = (
    "<!-- Made by docs/make_reference.py from the docstrings; change those, then run it again. -->"
)
_WIDTH = 100
_ROLE = re.compile(r":\w+:``?~?(?:[\w.]+\.)?(\w+)``?|:\w+:`~?(?:[\w.]+\.)?(\w+)`")


def pages() -> dict[str, str]:
    """Return the text of each page of the reference, by file name."""
    package = griffe.load(
        "crossres",
        search_paths=[str(ROOT / "src")],
        docstring_parser="google",
        docstring_options={"warnings": False},
    )
    made = {f"{name}.md": _page(package, name) for name in MODULES}
    return {"index.md": _index(package), **made}


def public(module: griffe.Object | griffe.Alias) -> list[griffe.Object]:
    """Return what a module offers: what it exports, or else what it defines without underscore."""
    if module.exports is not None:
        names = sorted(str(name) for name in module.exports)
    else:
        members = module.members.items()
        names = [n for n, m in members if not (n.startswith("_") or m.is_alias or m.is_module)]
    found = [_target(module[name]) for name in names]
    return [one for one in found if one.docstring is not None]


def _target(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _index(package: griffe.Object | griffe.Alias) -> str:
    """Return the page that leads to the others."""
    lines = [
        *(_HEAD, "", "# Reference", ""),
        "Every public name, from its docstring. How they go together: [library.md](../library.md);",
        "words and symbols: [notation.md](../concepts/notation.md).",
        *("", "## `crossres`", ""),
        "These are attributes of `crossres`, loaded when first used: `import crossres as cr`.",
        *("", "| name | what |", "|---|---|"),
    ]
    for name, home in _homes(package).items():
        lines.append(f"| [`{name}`]({home}.md#{name.lower()}) | {_first(package[home][name])} |")
    lines += ["", "## Modules", "", "| module | what |", "|---|---|"]
    for name in MODULES:
        lines.append(f"| [`crossres.{name}`]({name}.md) | {_first(package[name])} |")
    return "\n".join([*lines, ""])


def _homes(package: griffe.Object | griffe.Alias) -> dict[str, str]:
    """Return the module of each name that the package itself offers."""
    source = str(package["_HOME"].value)
    return dict(re.findall(r"['\"](\w+)['\"]: ['\"](\w+)['\"]", source))


def _page(package: griffe.Object | griffe.Alias, name: str) -> str:
    """Return the page of one module."""
    module = package[name]
    parts = [_HEAD, f"# `crossres.{name}`", *_docstring(module)]
    for found in public(module):
        parts += _described(found, depth=2)
    return "\n\n".join(parts) + "\n"


def _described(found: griffe.Object, depth: int) -> Iterator[str]:
    """Yield heading, signature and docstring of a name, and of what a class offers."""
    yield f"{'#' * depth} `{found.name}`"
    if found.is_function or found.is_class:
        yield f"```text\n{_signature(found)}\n```"
    elif found.is_attribute and "property" not in found.labels and found.value is not None:
        value = f"{found.name} = {found.value}"
        yield f"```text\n{value if len(value) <= _WIDTH else found.name + ' = ...'}\n```"
    yield from _docstring(found)
    if found.is_class:
        for name, member in found.members.items():
            if not name.startswith("_") and member.docstring is not None:
                yield from _described(_target(member), depth + 1)


def _signature(found: griffe.Object) -> str:
    """Return how it is called, on one line or a line per parameter."""
    assert isinstance(found, griffe.Function | griffe.Class)
    parameters, starred = [], False
    for parameter in found.parameters:
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is griffe.ParameterKind.keyword_only and not starred:
            parameters.append("*")
        starred |= parameter.kind in _AFTER_A_STAR
        parameters.append(_parameter(parameter))
    returns = f" -> {found.returns}" if isinstance(found, griffe.Function) else ""
    line = f"{found.name}({', '.join(parameters)}){returns}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{found.name}(", *(f"    {one}," for one in parameters), f"){returns}"])


_AFTER_A_STAR = (griffe.ParameterKind.keyword_only, griffe.ParameterKind.var_positional)
_STARS = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}


def _parameter(parameter: griffe.Parameter) -> str:
    text = _STARS.get(parameter.kind, "") + parameter.name
    if parameter.annotation is not None:
        text += f": {parameter.annotation}"
    plain = parameter.default is None or parameter.kind in _STARS
    return text if plain else f"{text} = {parameter.default}"


def _docstring(found: griffe.Object | griffe.Alias) -> Iterator[str]:
    """Yield the sections of a docstring as Markdown."""
    for section in found.docstring.parsed if found.docstring is not None else []:
        match section.kind:
            case griffe.DocstringSectionKind.text:
                yield _plain(section.value)
            case griffe.DocstringSectionKind.parameters:
                yield from _listed("Arguments", ((f"`{x.name}`", x) for x in section.value))
            case griffe.DocstringSectionKind.raises:
                yield from _listed("Raises", ((f"`{x.annotation}`", x) for x in section.value))
            case griffe.DocstringSectionKind.returns | griffe.DocstringSectionKind.yields:
                text = " ".join(_flowing(x.description) for x in section.value)
                yield f"**{str(section.kind.value).capitalize()}** {text}"
            case griffe.DocstringSectionKind.admonition:
                yield from _admonition(section)
            case griffe.DocstringSectionKind.examples:
                yield "\n".join(f"```pycon\n{text}\n```" for _, text in section.value)
            case other:
                raise NotImplementedError(f"{found.path}: a section {other}")


def _admonition(section: griffe.DocstringSection) -> Iterator[str]:
    text = str(section.value.description)
    if ">>> " in text:
        yield f"```pycon\n{text}\n```"
    else:
        yield f"**{section.title}** {_flowing(text)}"


def _listed(title: str, found: Iterator[tuple[str, griffe.DocstringElement]]) -> Iterator[str]:
    """Yield a list with its title."""
    yield f"**{title}**"
    yield "\n".join(f"- {name}: {_flowing(element.description)}" for name, element in found)


def _plain(text: str) -> str:
    """Return text without the roles of Sphinx, code marked as Markdown does."""
    return _ROLE.sub(lambda m: f"`{m.group(1) or m.group(2)}`", text).replace("``", "`").strip()


def _flowing(text: str) -> str:
    return " ".join(_plain(text).split())


def _first(found: griffe.Object | griffe.Alias) -> str:
    """Return the first sentence of a docstring."""
    docstring = _target(found).docstring
    assert docstring is not None, f"{found.path} has no docstring"
    return _flowing(docstring.value.split("\n\n")[0]).replace("|", "\\|")


def write() -> None:
    """Write all pages, and remove those of modules that are gone."""
    REFERENCE.mkdir(exist_ok=True)
    made = pages()
    for page in REFERENCE.glob("*.md"):
        if page.name not in made:
            page.unlink()
    for name, text in made.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
