"""What identifies settings apart from their defaults: the keys of results and checkpoints."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from crossres.types import SettingsError


def non_default(settings: Any) -> Any:
    """Return the settings that differ from their defaults, those of nested dataclasses likewise.

    Addresses of results and the purposes of checkpoints are made of this, so that an option that is
    added later, with a default that changes nothing, leaves them as they are.

    Args:
        settings: A dataclass, a class or function, or any other value.

    Returns:
        For a dataclass a dictionary by field. A nested dataclass from outside this package that
        stands where the default is of another class also has its name, under "class". For a class
        or function its qualified name. Anything else unchanged.

    Raises:
        SettingsError: A callable without a name of its own.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Loop:
        ...     steps: int = 100
        ...     rate: float = 1e-3
        >>> non_default(Loop(steps=5))
        {'steps': 5}
    """
    if not is_dataclass(settings) or isinstance(settings, type):
        return qualified_name(settings) if callable(settings) else settings
    found = {}
    for f in fields(settings):
        default = f.default if f.default_factory is MISSING else f.default_factory()
        value = getattr(settings, f.name)
        if value != default:
            inner = non_default(value)
            nested = is_dataclass(value)
            found[f.name] = {**_custom_class(value, default), **inner} if nested else inner
    return found


def qualified_name(named: Any) -> str:
    """Return the module and the name of a class or function.

    Args:
        named: A class or function that is defined by ``class`` or ``def``.

    Returns:
        A name that is the same in every run, such as "torch.nn.functional.huber_loss".

    Raises:
        SettingsError: A lambda, a closure, or an object without a name.

    Example:
        >>> from torch.nn import functional
        >>> qualified_name(functional.huber_loss)
        'torch.nn.functional.huber_loss'
    """
    name = getattr(named, "__qualname__", "<lambda>")
    if name.endswith("<lambda>"):
        raise SettingsError(
            f"checkpoints and weights need a name for {named!r}; define a function or a class"
        )
    if getattr(named, "__closure__", None):
        raise SettingsError(
            f"{name} depends on variables around it, which no checkpoint records; define a "
            "function without them, or a class with settings"
        )
    return f"{named.__module__}.{name}"


def _custom_class(value: Any, default: Any) -> dict[str, str]:
    """Return the name of a class that replaces the default's; fields alone may be those of both."""
    made = type(value)
    replaced = is_dataclass(default) and made is not type(default)
    custom = replaced and made.__module__.split(".")[0] != "crossres"
    return {"class": qualified_name(made)} if custom else {}
