"""Shells complete shipped weights and devices, without loading torch."""

import subprocess
import sys

import pytest
import typer

from crossres.cli import app
from crossres.cli.completion import complete_device, complete_weights
from crossres.weights.index import shipped_names


def test_weights_are_completed_after_a_comma_too() -> None:
    assert complete_weights("") == shipped_names()
    first = shipped_names()[0]
    assert complete_weights(first[:-1]).count(first) == 1
    assert (
        complete_weights(f"mine.safetensors,{first[:-1]}").count(f"mine.safetensors,{first}") == 1
    )
    assert complete_weights("./mine") == []


def test_devices_have_no_numbers() -> None:
    assert complete_device("") == ["auto", "cpu", "cuda", "mps"]
    assert complete_device("m") == ["mps"]


@pytest.mark.parametrize("verb", ["enhance", "cohort", "train", "demo", "reproduce"])
def test_every_command_with_a_device_completes_it(verb: str) -> None:
    group = typer.main.get_command(app)
    command = group.commands[verb]  # type: ignore[attr-defined]
    options = {one.name: one for one in command.params}
    with command.make_context(verb, [], resilient_parsing=True) as context:
        for name in options.keys() & {"device", "weights"}:
            found = [item.value for item in options[name].shell_complete(context, "")]
            assert found == {"device": complete_device, "weights": complete_weights}[name]("")


def test_no_torch_is_loaded() -> None:
    code = (
        "import sys; from crossres.cli.completion import *; complete_weights(''); "
        "complete_device(''); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
