"""The pages of the Python API, as reStructuredText for autodoc."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from inspect import ismodule
from types import ModuleType
from typing import Any

from sphinx.pycode import ModuleAnalyzer

PACKAGE = "crossres"
NOT_PUBLIC = {"cli"}
"""Modules of commands, which have a page of their own."""
_NO_NAMES = {"__version__"}


@dataclass
class Module:
    """A public module.

    Args:
        module: The module.
        names: The names that it exports.
        described: Those of them that are described on its page.
    """

    module: ModuleType
    names: list[str]
    described: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The dotted name."""
        return self.module.__name__


def pages() -> dict[str, str]:
    """Return the text of each page of the API, by file name."""
    modules = [Module(one, exported(one)) for one in public_modules()]
    homes = _homes(modules)
    for module in modules:
        module.described = [name for name in module.names if homes[_key(module, name)] is module]
    made = {f"{one.name}.rst": _module_page(one, homes) for one in modules}
    return {"index.rst": _index(modules, homes), **made}


def public_modules() -> Iterator[ModuleType]:
    """Yield the modules of the package, and the packages below them that have an ``__all__``."""
    package = importlib.import_module(PACKAGE)
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("_") or found.name in NOT_PUBLIC:
            continue
        module = importlib.import_module(f"{PACKAGE}.{found.name}")
        if exported(module):
            yield module
        yield from _packages_below(module)


def _packages_below(module: ModuleType) -> Iterator[ModuleType]:
    """Yield the packages below a module with an ``__all__``, and the modules that it exports."""
    named = [name for name in getattr(module, "__all__", []) if ismodule(getattr(module, name))]
    for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if found.name in named or (found.ispkg and not found.name.startswith("_")):
            below = importlib.import_module(f"{module.__name__}.{found.name}")
            if found.name in named or hasattr(below, "__all__"):
                yield below


def exported(module: ModuleType) -> list[str]:
    """Return the public names of a module but those of other modules, in alphabetical order."""
    if hasattr(module, "__all__"):
        names = set(module.__all__) - _NO_NAMES
        return sorted((n for n in names if not ismodule(getattr(module, n))), key=str.lower)
    defined = {n for n, v in vars(module).items() if _defined_in(v) == module.__name__}
    names = {name for name in defined | set(_constants(module)) if not name.startswith("_")}
    return sorted(names, key=str.lower)


def _constants(module: ModuleType) -> dict[str, list[str]]:
    """Return the documented constants of a module with the lines of their docstrings."""
    if module.__file__ is None or not module.__file__.endswith(".py"):
        return {}
    found = ModuleAnalyzer.for_module(module.__name__)
    found.analyze()
    return {name: lines for (owner, name), lines in found.attr_docs.items() if not owner}


def _defined_in(value: Any) -> str | None:
    if inspect.isclass(value) or inspect.isroutine(value):
        return str(value.__module__)
    return None


def _key(module: Module, name: str) -> Any:
    """Return what is the same wherever an object is exported."""
    value = getattr(module.module, name)
    return (_defined_in(value), value.__qualname__) if _defined_in(value) else (name, id(value))


def _homes(modules: list[Module]) -> dict[Any, Module]:
    """Return for each object the one module on whose page it is described.

    That is the innermost exporting module that contains its definition, or else the first one.
    """
    homes: dict[Any, Module] = {}
    for module in modules:
        for name in module.names:
            key = _key(module, name)
            inside = f"{key[0]}.".startswith(f"{module.name}.")
            if key not in homes or (inside and len(module.name) > len(homes[key].name)):
                homes[key] = module
    return homes


def _short(module: Module) -> str:
    return module.name.removeprefix(f"{PACKAGE}.")


def _title(text: str, mark: str = "=") -> str:
    return f"{text}\n{mark * len(text)}\n"


def _index(modules: list[Module], homes: dict[Any, Module]) -> str:
    package = importlib.import_module(PACKAGE)
    top = Module(package, exported(package))
    rows = []
    for name in top.names:
        home = homes.get(_key(top, name))
        link = f":py:obj:`{name} <{home.name}.{name}>`" if home else f"``{name}``"
        rows.append((link, _first_sentence(getattr(package, name))))
    listed = [(f":py:mod:`{one.name}`", _first_sentence(one.module)) for one in modules]
    toctree = [
        ".. toctree::",
        "   :hidden:",
        "",
        *(f"   {_short(one)} <{one.name}>" for one in modules),
        "",
    ]
    return "\n".join(
        [
            _title("Python API"),
            f"Attributes of ``{PACKAGE}``, loaded at first use (``import {PACKAGE} as cr``):\n",
            _table(rows),
            _title("Modules", "-"),
            _table(listed),
            *toctree,
        ]
    )


def _module_page(module: Module, homes: dict[Any, Module]) -> str:
    rows = []
    for name in module.names:
        home = homes[_key(module, name)].name
        what = _first_sentence(getattr(module.module, name)) or _first_of_constant(module, name)
        rows.append((f":py:obj:`{name} <{home}.{name}>`", what))
    parts = [
        _title(module.name),
        f".. automodule:: {module.name}\n   :no-members:\n",
        _table(rows),
        *(_entry(module, name) for name in module.described),
    ]
    return "\n".join(parts)


def _entry(module: Module, name: str) -> str:
    value, path = getattr(module.module, name), f"{module.name}.{name}"
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        return f".. {kind}:: {path}\n   :members:\n"
    if inspect.isroutine(value):
        return f".. autofunction:: {path}\n"
    lines = [f"   {line}".rstrip() for line in _docstring_of_constant(module.module, name)]
    return "\n".join([f".. py:data:: {path}", "", *lines, ""])


def _docstring_of_constant(module: ModuleType, name: str) -> list[str]:
    """Return the docstring of a constant from the module, or one below it, that defines it."""
    inside = [module, *(m for m in _loaded_below(module) if name in vars(m))]
    return next((docs[name] for docs in map(_constants, inside) if name in docs), [])


def _loaded_below(module: ModuleType) -> list[ModuleType]:
    found = pkgutil.iter_modules(getattr(module, "__path__", []))
    names = [one.name for one in found if not one.name.startswith("__")]
    return [importlib.import_module(f"{module.__name__}.{name}") for name in names]


def _first_of_constant(module: Module, name: str) -> str:
    lines = _docstring_of_constant(module.module, name)
    return " ".join(" ".join(lines).split("  ")[0].split())


def _first_sentence(value: Any) -> str:
    if not (_defined_in(value) or ismodule(value)):
        return ""
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [".. list-table::", "   :widths: 30 70", ""]
    for left, right in rows:
        lines += [f"   * - {left}", f"     - {right}"]
    return "\n".join([*lines, ""])
