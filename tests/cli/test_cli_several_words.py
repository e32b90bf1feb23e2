"""Options that take several words, as those of BIDS Apps; all other words stay as they are."""

import pytest

from crossres.cli.several_words import repeated

LABELS = "--participant-label"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a", "b", LABELS, "1"], ["a", "b", LABELS, "1"]),
        ([LABELS, "1", "2", "-q", "c"], [LABELS, "1", LABELS, "2", "-q", "c"]),
        (["--participant_label", "1", "2"], [LABELS, "1", LABELS, "2"]),
        ([LABELS, "1", LABELS, "2", "3"], [LABELS, "1", LABELS, "2", LABELS, "3"]),
        (["--other_option", "1", "2"], ["--other_option", "1", "2"]),
        ([f"{LABELS}=1", "2"], [f"{LABELS}=1", "2"]),
        ([LABELS], [LABELS]),
        ([], []),
    ],
)
def test_words(words: list[str], expected: list[str]) -> None:
    assert repeated(words, [LABELS]) == expected
    assert repeated(expected, [LABELS]) == expected
