"""Filters of the command line, alone and together with those of a file."""

import pytest

from crossres.cli.filters import combined, parsed
from crossres.types import SettingsError


def test_labels_by_entity() -> None:
    assert parsed(["acq=a,b", "run=none", "ses=20*"]) == {
        "acq": ["a", "b"], "run": None, "ses": ["20*"]
    }  # fmt: skip
    assert parsed(None) == {}


@pytest.mark.parametrize("text", ["acq", "acq=", "=a", ""])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a filter; give KEY=LABEL"):
        parsed([text])


def test_both_hold_and_none_is_replaced() -> None:
    assert combined({"acq": ["a"]}, {"run": None}) == {"acq": ["a"], "run": None}
    with pytest.raises(SettingsError, match="acq is filtered both by an option and by"):
        combined({"acq": ["a"]}, {"acq": ["a"]})
