r"""Names of files that are not UTF-8 are written with escapes, from which they can be recovered."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from crossres.files import ESCAPE, escaped
from crossres.files.text import problem_of


class Half(BaseModel):
    size: int = Field(ge=0)

    @field_validator("size")
    @classmethod
    def _check_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("an even number was expected")
        return value


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"size": 3}, "size: an even number was expected"),
        ({}, "size: Field required"),
        ({"size": -2}, "size: must be at least 0"),
        ({"size": "two"}, "size: must be a whole number"),
        (5, "must be a valid dictionary or instance of Half"),
    ],
)
def test_a_problem_is_stated_without_words_of_the_checker(content: object, expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Half.model_validate(content)
    assert problem_of(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain.nii.gz", "plain.nii.gz"),
        ("schädel →", "schädel →"),
        (r"a\x41", r"a\x41"),
        ("sch\udce4del", r"sch\xe4del"),
        ("\udc80\udcff", r"\x80\xff"),
        ("a\\b\udce4", r"a\\b\xe4"),
        ("\ud800 half", r"\ud800 half"),
        ("ä\udfff", r"ä\udfff"),
    ],
)
def test_lone_surrogates_become_escapes(text: str, expected: str) -> None:
    assert escaped(text) == expected
    assert escaped(expected) == expected, "a second time changes nothing"
    escaped(text).encode("utf-8")


def test_the_bytes_of_a_name_can_be_recovered(tmp_path: Path) -> None:
    name = b"sch\xe4del \\ \xff.nii"
    (tmp_path / os.fsdecode(name)).touch()
    [found] = tmp_path.iterdir()
    assert os.fsencode(found.name) == name
    assert escaped(found.name).encode("latin-1").decode("unicode_escape").encode("latin-1") == name


@pytest.mark.parametrize(
    ("encoding", "expected"), [("utf-8", "ä → \\xe4\n"), ("ascii", "\\xe4 \\u2192 \\xe4\n")]
)
def test_a_stream_of_any_encoding_takes_any_text(encoding: str, expected: str) -> None:
    stream = TextIOWrapper(BytesIO(), encoding=encoding, errors=ESCAPE)
    print("ä → \udce4", file=stream, flush=True)
    assert stream.buffer.getvalue() == expected.encode(encoding)  # type: ignore[attr-defined]


def test_a_text_that_cannot_be_decoded_is_no_matter_of_escapes() -> None:
    assert sys.getfilesystemencoding() == "utf-8"
    with pytest.raises(UnicodeDecodeError):
        b"\xe4".decode("utf-8", ESCAPE)
