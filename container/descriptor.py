"""The Boutiques descriptor of the BIDS App, from the options of ``crossres cohort``.

``python -m container.descriptor`` writes it to ``container/boutiques.json``.
"""

from __future__ import annotations

import inspect
import json
from importlib import metadata
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer

from crossres.cli import app
from crossres.cli.cohort import cohort

FILE = Path(__file__).with_name("boutiques.json")
_TYPES = {bool: "Flag", int: "Number", float: "Number"}
_INPUT_FILES = ("bids_dir", "bids_filter_file")


def descriptor() -> dict[str, Any]:
    """Return the content of the descriptor, in version 0.5 of the schema of Boutiques."""
    group: Any = typer.main.get_command(app)
    annotations = inspect.signature(cohort).parameters
    inputs = [
        _input(parameter, get_args(annotations[parameter.name].annotation)[0])
        for parameter in group.commands["cohort"].params
        if parameter.name in annotations and not parameter.is_eager  # which end the program
    ]
    return {
        "name": "crossres",
        "description": "Enhance every target of a BIDS dataset with the guide of its subject.",
        "tool-version": metadata.version("crossres"),
        "schema-version": "0.5",
        "command-line": " ".join(["crossres cohort", *(one["value-key"] for one in inputs)]),
        "inputs": inputs,
        "groups": [
            {
                "id": "resolution",
                "name": "Resolution",
                "members": ["factor", "spacing"],
                "mutually-exclusive": True,
            }
        ],
        "output-files": [_output(name) for name in ("index.html", "cases.tsv", "failed.tsv")],
        "error-codes": [
            {"code": 1, "description": "Cases failed; they are listed."},
            {"code": 2, "description": "The request cannot be carried out; the reason is printed."},
        ],
        "suggested-resources": {"cpu-cores": 1, "ram": 4, "walltime-estimate": 3600},
        "tags": {"domain": ["neuroinformatics", "bids-app"]},
    }


def _input(parameter: Any, hint: Any) -> dict[str, Any]:
    """Return the entry of an argument or an option with a type such as ``list[str] | None``."""
    alternatives = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kind = next(one for one in alternatives if one is not NoneType)
    entry = {
        "id": parameter.name,
        "name": parameter.name.replace("_", " ").capitalize(),
        "description": " ".join(parameter.help.split()),
        "type": "File" if parameter.name in _INPUT_FILES else _TYPES.get(kind, "String"),
        "value-key": f"[{parameter.name.upper()}]",
        "optional": not parameter.required,
        "command-line-flag": next((name for name in parameter.opts if name.startswith("-")), None),
        "list": True if get_origin(kind) is list else None,
        "value-choices": list(get_args(kind)) if get_origin(kind) is Literal else None,
        "integer": True if kind is int else None,
        "minimum": parameter.min,
        "maximum": parameter.max,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _output(name: str) -> dict[str, Any]:
    """Return the entry of a file of the summary."""
    return {
        "id": name.replace(".", "_"),
        "name": name,
        "path-template": f"[OUTPUT_DIR]/{name}",
        "optional": True,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(descriptor(), indent=2) + "\n", "utf-8")
