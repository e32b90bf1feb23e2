"""JSON is read within bounds, or refused in one line; it is written in full or not at all."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossres.files import json_text, parse_json, plain, read_json, write_json
from crossres.types import FileFormatError, OutputExistsError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.True_, True),
        (float("nan"), None),
        (np.float64("inf"), "inf"),
        (-float("inf"), "-inf"),
        ((1, "a", None), [1, "a", None]),
        ({7}, [7]),
        (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]),
        ({1: (Path("a/b"), {"c": ()})}, {"1": ["a/b", {"c": []}]}),
        (Path("sch\udce4del.nii"), r"sch\xe4del.nii"),
        ({"\ud800": "\udfff"}, {r"\ud800": r"\udfff"}),
    ],
)
def test_values_become_those_of_json(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


@pytest.mark.parametrize("value", [object(), {"a": [1j]}])
def test_other_types_are_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="JSON cannot hold a"):
        write_json({"value": value}, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_indented_utf8_and_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json({"name": "Schädel", "sizes": (1, 2)}, path)
    text = path.read_text(encoding="utf-8")
    assert text == '{\n  "name": "Schädel",\n  "sizes": [\n    1,\n    2\n  ]\n}\n'
    with pytest.raises(OutputExistsError):
        write_json({}, path)
    assert path.read_text(encoding="utf-8") == text
    write_json({}, path, overwrite=True)
    assert json.loads(path.read_text()) == {}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_encoding_of_json_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "T2w.json"
    path.write_bytes('{"Name": "Schädel", "SkullStripped": true}'.encode(encoding))
    assert read_json(path) == {"Name": "Schädel", "SkullStripped": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[NaN, Infinity, -Infinity]", [None, None, None]),
        ("[1e999, -1e999, 1e308]", [None, None, 1e308]),
        (f"[{'9' * 18}, {'9' * 30}, {'9' * 400}, {'9' * 5000}]", [10**18 - 1, 1e30, None, None]),
        (r'{"\ud800": "half \udfff"}', {r"\ud800": r"half \udfff"}),
        (r'"\ud83e\udde0"', "\U0001f9e0"),
        ('{"a": 1, "a": 1}', {"a": 1}),
        ("\ufeff{}", {}),
        ('{"a": true,}', {"a": True}),
        ('{"a, }": ["b, ]", "\\",]", 1, ], }', {"a, }": ["b, ]", '",]', 1]}),
        ("[" * 100 + "]" * 100, ...),
    ],
)
def test_what_is_no_strict_json_is_read_as_values_that_are(text: str, expected: Any) -> None:
    found = parse_json(text, "a.json")
    assert expected is ... or found == expected
    assert json.loads(json_text(found)) == found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "Expecting value in line 1, column 1"),
        (b'{"SkullStripped": true', "in line 1, column"),
        (b'{"a": 1,, }', "in line 1, column"),
        (b"{,}", "in line 1, column"),
        (b'{"a": "' + b'\\"' * 100_000 + b"\\", "in line 1, column"),
        (b'{"a": 1} {', "Extra data"),
        (b'{"a": "sch\xe4del"}', "byte 10 is not UTF-8"),
        (b'\xef\xbb\xbf{"a": "\xe4"}', "byte 7 is not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "byte 7 is not UTF-8"),
        (b"\xff\xfe{\x00}", "is not UTF-16"),
        (b"[" * 101 + b"]" * 101, "nested more than 100 levels"),
        (b"[" * 100_000 + b"]" * 100_000, "nested more than 100 levels"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested more than 100 levels"),
        (b'{"SkullStripped": true, "SkullStripped": false}', "two values of 'SkullStripped'"),
        (b"[" + b"1," * (8 << 20) + b"1]", "more than 16 MiB"),
        (b"12", "is no JSON object"),
        (b"[]", "is no JSON object"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        read_json(path, remedy="remove it")
    message = str(caught.value)
    assert message.startswith(f"{path} is no ")
    assert problem in message
    assert message.endswith("; remove it")
    assert "\n" not in message


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "loop.json").symlink_to("loop.json")
    for name in ("pipe", "folder"):
        with pytest.raises(FileFormatError, match=f"{name}.json is not a file"):
            read_json(tmp_path / f"{name}.json")
    for name in ("loop", "missing"):
        with pytest.raises(
            FileFormatError, match=f"cannot read .*{name}.json: .*; repair or remove it"
        ):
            read_json(tmp_path / f"{name}.json")
