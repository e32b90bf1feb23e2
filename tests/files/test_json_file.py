"""JSON files hold plain values and are written in full or not at all."""

import json
from pathlib import Path

import numpy as np
import pytest

from crossres.files import plain, write_json
from crossres.types import OutputExistsError


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
