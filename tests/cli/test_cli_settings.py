"""The fields of the settings are the options of the commands, each written once."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from crossres.cli import settings as cli_settings
from crossres.cli.cohort import cohort
from crossres.cli.enhance import enhance
from crossres.cli.settings import with_enhance_settings
from crossres.inference import EnhanceSettings

Run = Callable[..., Any]
FIELDS = [field.name for field in fields(EnhanceSettings)]
ABSENT = {"name": None, "metavar": None, "min": None}


@dataclass(frozen=True)
class Settings:
    """Settings with a switch that is on, and a number."""

    trust: bool = field(default=True, metadata={**ABSENT, "help": "Never.", "name": "no-trust"})
    sweets: int = field(default=2, metadata={**ABSENT, "help": "Each day.", "min": 1})


def option_name(name: str) -> str:
    return "no_register" if name == "register" else name


@pytest.mark.parametrize("command", [enhance, cohort])
def test_every_field_is_an_option_of_enhance_and_cohort(command: Callable[..., None]) -> None:
    parameters = inspect.signature(command).parameters
    assert "settings" not in parameters
    assert {option_name(name) for name in FIELDS} <= set(parameters)


@pytest.mark.parametrize("verb", ["enhance", "cohort"])
def test_the_help_lists_every_option(run: Run, verb: str) -> None:
    shown = run(verb, "--help").out
    missing = [n for n in FIELDS if f"--{option_name(n).replace('_', '-')}" not in shown]
    assert missing == []


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> tuple[typer.Typer, list[Settings]]:
    """Return a program with the settings above, and the list of those that it received."""
    monkeypatch.setattr(cli_settings, "EnhanceSettings", Settings)
    found: list[Settings] = []

    def command(scan: Path, *, settings: Settings) -> None:
        found.append(settings)

    program = typer.Typer()
    program.command()(with_enhance_settings(command))
    return program, found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], Settings()),
        (["--no-trust"], Settings(trust=False)),
        (["--sweets", "5"], Settings(sweets=5)),
    ],
)
def test_a_new_field_is_an_option_without_further_code(
    received: tuple[typer.Typer, list[Settings]], words: list[str], expected: Settings
) -> None:
    program, found = received
    done = CliRunner().invoke(program, ["scan.nii.gz", *words])
    assert done.exit_code == 0, done.output
    assert found == [expected]


def test_the_least_number_of_a_field_is_enforced(
    received: tuple[typer.Typer, list[Settings]],
) -> None:
    program, found = received
    assert CliRunner().invoke(program, ["scan.nii.gz", "--sweets", "0"]).exit_code == 2
    assert found == []


@pytest.mark.parametrize("option", ["--batch", "--iterations", "--seed", "--noise"])
def test_a_number_below_the_least_ends_with_code_2(
    run: Run, files: SimpleNamespace, option: str
) -> None:
    given = ["enhance", files.target, "--factor", "2", "-o", files.output]
    done = run(*given, f"{option}=-1")
    assert done.code == 2
    assert option in done.error
    assert not files.output.exists()
