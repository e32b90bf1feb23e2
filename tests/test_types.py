"""Errors share a base, keep that of Python, survive pickling, and are one line."""

import ast
import pickle
from pathlib import Path

import pytest
import torch

import crossres
from crossres import types
from crossres.types import CrossresError, CrossresWarning, is_out_of_memory

BASES: dict[str, type[Exception]] = {
    "GridError": ValueError,
    "MissingPackageError": ImportError,
    "VolumeError": ValueError,
    "FileFormatError": ValueError,
    "OutputExistsError": FileExistsError,
    "OutputWriteError": OSError,
    "RegistrationError": RuntimeError,
    "SettingsError": ValueError,
    "TrainingError": ArithmeticError,
    "WeightsError": ValueError,
}
"""The error of Python that each error is as well."""
MODULES = sorted(Path(crossres.__file__).parent.rglob("*.py"))


def test_every_error_is_listed() -> None:
    found = {
        cls.__name__ for cls in CrossresError.__subclasses__() if cls.__module__ == "crossres.types"
    }
    assert found == set(BASES)
    assert {name for name in vars(types) if name.endswith("Error")} == {*BASES, "CrossresError"}


@pytest.mark.parametrize("name", BASES)
def test_an_error_can_be_caught_by_either_base(name: str) -> None:
    error = getattr(types, name)
    for base in (CrossresError, BASES[name]):
        with pytest.raises(base, match="the reason; the remedy"):
            raise error("the reason; the remedy")


@pytest.mark.parametrize("name", BASES)
def test_an_error_survives_pickling(name: str) -> None:
    error = getattr(types, name)("the reason; the remedy")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error) == "the reason; the remedy"


def test_a_warning_is_no_error() -> None:
    assert issubclass(CrossresWarning, UserWarning)
    assert not issubclass(CrossresWarning, CrossresError)


def messages(path: Path) -> list[str]:
    """Return the constant texts within the errors of this package that a module raises."""
    raised = [
        node.exc
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    ]
    return [
        part.value
        for call in raised
        if isinstance(call.func, ast.Name) and call.func.id in BASES
        for part in ast.walk(call)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def test_messages_are_one_line() -> None:
    texts = [text for path in MODULES for text in messages(path)]
    assert len(texts) > 100
    assert [text for text in texts if "\n" in text] == []


def test_too_little_memory_for_torch() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(10**15)
    assert is_out_of_memory(raised.value)
    assert not is_out_of_memory(RuntimeError("shapes differ"))
