"""The fields of a dataclass of settings as options of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import Field, fields
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from crossres.cli.completion import complete_device
from crossres.cli.panels import (
    ACQUISITION,
    AGREEMENT,
    DEVICE,
    GENERAL,
    GUIDE,
    NETWORKS,
    REPORTS,
)
from crossres.inference.settings import EnhanceSettings

Command = Callable[..., None]

_PANELS = {
    GUIDE: ("register", "start", "keep_guide"),
    NETWORKS: ("ensemble",),
    ACQUISITION: ("noise", "slice_thickness", "slice_profile", "plane_profile", "trust"),
    AGREEMENT: ("back_projection", "iterations"),
    REPORTS: ("guide_influence",),
    DEVICE: ("batch", "device", "precision"),
    GENERAL: ("seed",),
}
_OF_GUIDE = (*_PANELS[GUIDE], "guide_influence")


def with_enhance_settings(command: Command) -> Command:
    """Add one option for each field of :class:`EnhanceSettings` to a command.

    Args:
        command: With a parameter ``settings``, which it receives as :class:`EnhanceSettings`.

    Returns:
        The command as typer takes it: ``settings`` is replaced by the options.
    """
    hints = get_type_hints(EnhanceSettings)
    options = [_option(field, hints[field.name]) for field in fields(EnhanceSettings)]

    @wraps(command)
    def filled(**given: Any) -> None:
        values = {field.name: _value(field, given) for field in fields(EnhanceSettings)}
        command(**given, settings=EnhanceSettings(**values))

    own = inspect.signature(command, eval_str=True)
    parameters = [
        each
        for parameter in own.parameters.values()
        for each in (options if parameter.name == "settings" else [parameter])
    ]
    filled.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    filled.__annotations__ = {each.name: each.annotation for each in parameters}
    return filled


def panel_of(name: str) -> str | None:
    """Return the group of a setting in the help.

    Args:
        name: A field of :class:`EnhanceSettings`.

    Returns:
        The title of the group; None for the general options.
    """
    return next((panel for panel, names in _PANELS.items() if name in names), None)


def check_guide_settings(
    settings: EnhanceSettings, more: Sequence[str] = (), *, several: bool = False
) -> None:
    """Refuse options that act on a guide, for a command without one.

    Args:
        settings: Those of the group "Guide and registration", and the influence of the guide, must
            be the defaults.
        more: Names of further parameters of that kind that were given.
        several: Whether there are several scans, which are registered too.

    Raises:
        SettingsError: Such an option was given.

    Example:
        >>> check_guide_settings(EnhanceSettings(register=False), several=True)
    """
    from crossres.types import SettingsError

    chosen = [
        field.name if field.metadata["name"] is None else f"{field.name}={not field.default}"
        for field in fields(EnhanceSettings)
        if field.name in _OF_GUIDE and getattr(settings, field.name) != field.default
    ]
    given = [
        f"`{name}`" for name in (*chosen, *more) if not (several and name.startswith("register"))
    ]
    if given:
        act, them = ("acts", "it") if len(given) == 1 else ("act", "them")
        raise SettingsError(
            f"{' and '.join(given)} {act} on a guide, and there is none; add a `guide`, or leave "
            f"{them} out"
        )


def _parameter_name(field: Field[Any]) -> str:
    return (field.metadata["name"] or field.name).replace("-", "_")


def _option(field: Field[Any], kind: Any) -> inspect.Parameter:
    about, name = field.metadata, _parameter_name(field)
    option = typer.Option(
        f"--{name.replace('_', '-')}",
        help=about["help"],
        metavar=about["metavar"],
        min=about["min"],
        max=about.get("max"),
        autocompletion=complete_device if field.name == "device" else None,
        rich_help_panel=panel_of(field.name),
    )
    default = field.default if about["name"] is None else not field.default
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _value(field: Field[Any], given: dict[str, Any]) -> Any:
    value = given.pop(_parameter_name(field))
    return value if field.metadata["name"] is None else not value
