"""Options that take several words, as those of BIDS Apps; all other words stay as they are."""

import pytest

from crossres.cli.several_words import repeated

LABELS, PAIRS = "--participant-label", "--filter"
SEVERAL = {LABELS: False, PAIRS: True}


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
        ([PAIRS, "a=1", "in/", "out/"], [PAIRS, "a=1", "in/", "out/"]),
        ([PAIRS, "a=1", "b=2", "in/"], [PAIRS, "a=1", PAIRS, "b=2", "in/"]),
        ([PAIRS, "a=1", "in/", "b=2"], [PAIRS, "a=1", "in/", "b=2"]),
        ([PAIRS, "a", "b=2"], [PAIRS, "a", PAIRS, "b=2"]),
        ([], []),
    ],
)
def test_words(words: list[str], expected: list[str]) -> None:
    assert repeated(words, SEVERAL) == expected
    assert repeated(expected, SEVERAL) == expected
