"""The help groups options, shows no type of switches, and -h is --help."""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
import typer

from crossres.cli import app
from crossres.cli.settings import panel_of
from crossres.inference import EnhanceSettings

Run = Callable[..., Any]
VERBS = ["demo", "enhance", "cohort", "view", "train", "evaluate", "degrade", "register", "info",
         "reproduce", "weights"]  # fmt: skip


@pytest.mark.parametrize("words", [[], *([verb] for verb in VERBS), ["weights", "show"]])
def test_h_is_help_without_types_of_switches(run: Run, words: list[str]) -> None:
    short, long = run(*words, "-h"), run(*words, "--help")
    assert (short.code, short.out) == (0, long.out)
    assert "bool" not in short.out
    assert not re.search(r"<\w|<=|>=|(int|float) range", short.out), "no types of Python"


def test_values_are_choices_ranges_or_words(run: Run) -> None:
    shown = " ".join(run("enhance", "--help").out.split())
    for text in (
        "--start headers|centres ", "--iterations 1-100 ", "--noise NUMBER ", "--batch N ",
        "--slice-thickness MM ", "--seed N ", "T2.nii.gz... The scan",
    ):  # fmt: skip
        assert text in shown


@pytest.mark.parametrize("words", [*([verb] for verb in VERBS), ["weights", "list"]])
def test_every_option_is_in_a_named_group(run: Run, words: list[str]) -> None:
    assert "\u2500 Options \u2500" not in run(*words, "--help").out


@pytest.mark.parametrize("verb", ["enhance", "cohort", "train"])
def test_groups_have_the_same_names(run: Run, verb: str) -> None:
    shown = run(verb, "--help").out
    for panel in ("Inputs and outputs", "Target grid", "Networks", "Device and speed", "General"):
        assert f"\u2500 {panel} \u2500" in shown


def options() -> list[tuple[str, str]]:
    """Return name and help of the options and arguments of every verb."""
    group = typer.main.get_command(app)
    inner = [getattr(one, "commands", {"": one}) for one in group.commands.values()]  # type: ignore[attr-defined]
    verbs = [command for each in inner for command in each.values()]
    return [(f"{verb.name} {one.name}", one.help or "") for verb in verbs for one in verb.params]


def test_the_help_of_an_option_has_one_or_two_sentences() -> None:
    counts = {name: len(re.findall(r"[.!?](?=\s|$)", text)) for name, text in options()}
    assert len(counts) > 100
    assert {name: n for name, n in counts.items() if not 1 <= n <= 2} == {}


def test_every_setting_has_a_group() -> None:
    assert [each.name for each in fields(EnhanceSettings) if panel_of(each.name) is None] == []


def test_every_verb_can_be_quiet() -> None:
    group = typer.main.get_command(app)
    inner = [getattr(one, "commands", {"": one}) for one in group.commands.values()]  # type: ignore[attr-defined]
    verbs = [command for each in inner for command in each.values()]
    assert [v.name for v in verbs if not any("-q" in one.opts for one in v.params)] == []


def test_a_device_is_chosen_automatically_everywhere() -> None:
    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
    devices = [one.default for each in commands for one in each.params if one.name == "device"]
    assert len(devices) == 5
    assert set(devices) == {"auto"}
