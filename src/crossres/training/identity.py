"""What settings say, apart from their defaults: by this, results and checkpoints are known."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any


def non_default(settings: Any) -> Any:
    """Return what in settings differs from their defaults, dataclasses within them likewise.

    Addresses of results and the purposes of checkpoints are made of this, so that an option added
    later, off unless asked for, leaves them as they are.

    Args:
        settings: A dataclass; anything else is returned as it is.

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
        return settings
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    asked = {name: value for name, value in values.items() if value != _default(settings, name)}
    return {name: non_default(value) for name, value in asked.items()}


def _default(settings: Any, name: str) -> Any:
    field = next(f for f in fields(settings) if f.name == name)
    return field.default if field.default_factory is MISSING else field.default_factory()
