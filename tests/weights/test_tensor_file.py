"""A file of weights is judged by its header, before memory is taken or a network is made."""

import json
import os
import struct
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from crossres.types import FileFormatError, WeightsError
from crossres.weights import load_weights, read_card
from crossres.weights.tensor_file import CARD, at_most, digest, read_header, read_tensors
from weights_files import change_header, header_of, replace_card, write_raw

FIRST = "0.blocks.0.fusion.bias"


@pytest.fixture
def weights(tmp_path: Path, tiny_weights: SimpleNamespace) -> Path:
    """Copy tiny weights to a folder of the test's own."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(tiny_weights.guided.read_bytes())
    return path


def refused(path: Path, *, card: bool = True, match: str = "is not a crossres weights f") -> None:
    """Check that a file is refused quickly, in one line; its card too, unless that is whole."""
    for action in (read_card, load_weights) if card else (load_weights,):
        start = time.monotonic()
        with pytest.raises(WeightsError, match=match) as caught:
            action(path)
        assert "\n" not in str(caught.value)
        assert time.monotonic() - start < 5


def test_the_header_of_whole_weights(weights: Path) -> None:
    card, shapes = read_header(weights)
    assert card["name"] == "tiny"
    assert shapes[FIRST] == (4,)
    assert shapes == {name: tuple(value.shape) for name, value in read_tensors(weights).items()}


@pytest.mark.parametrize("length", [0, 1, 10**6, 2**32, 2**63, 2**64 - 1])
def test_the_length_of_the_header_does_not_fit(weights: Path, length: int) -> None:
    header, tensors = header_of(weights)
    refused(write_raw(weights, json.dumps(header).encode(), tensors, length=length))


@pytest.mark.parametrize("size", [0, 1, 7, 8])
def test_less_than_a_header(weights: Path, size: int) -> None:
    weights.write_bytes(weights.read_bytes()[:size])
    refused(weights)


def test_a_gigantic_header(weights: Path) -> None:
    length = 200 << 20
    weights.write_bytes(struct.pack("<Q", length) + b"{")
    os.truncate(weights, length + 8)
    refused(weights, match="the length of its header does not fit")


def test_a_gigantic_file(weights: Path) -> None:
    os.truncate(weights, 3 << 30)
    refused(weights, match="it has more than 1 GiB")


@pytest.mark.parametrize(
    "header",
    [
        b"", b"[]", b"null", b"no JSON", b"[" * 100_000, b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"__metadata__": {"crossres-card": 5}}',
        b'{"__metadata__": null}', b'{"\\ud800": 1}', b'{"a": NaN}',
    ],
    ids=lambda header: repr(header[:20]),
)  # fmt: skip
def test_a_header_that_describes_no_tensors(weights: Path, header: bytes) -> None:
    _, tensors = header_of(weights)
    refused(write_raw(weights, header, tensors))


def two_of_one_name(header: bytes) -> bytes:
    entry = b'"%s": {"dtype": "F32", "shape": [4], "data_offsets": [16, 32]}, ' % FIRST.encode()
    return header.replace(b"{", b"{" + entry, 1)


def test_two_tensors_of_one_name(weights: Path) -> None:
    header, tensors = header_of(weights)
    refused(write_raw(weights, two_of_one_name(json.dumps(header).encode()), tensors))


@pytest.mark.parametrize(
    "entry",
    [
        {"data_offsets": [0, 8]}, {"data_offsets": [4, 20]}, {"data_offsets": [0, 10**12]},
        {"data_offsets": [16, 0]}, {"data_offsets": [-16, 0]}, {"data_offsets": [0, 2**64]},
        {"data_offsets": []}, {"shape": [5]}, {"shape": [2**63]}, {"shape": [2**32, 2**32]},
        {"shape": [-4]}, {"shape": "4"}, {"dtype": "F31"}, {"dtype": "F64"}, {"dtype": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_tensor_that_is_not_where_the_header_states(weights: Path, entry: dict[str, Any]) -> None:
    refused(change_header(weights, lambda header: header[FIRST].update(entry)))


@pytest.mark.parametrize("name", ["I32", "U32"])
def test_another_kind_of_number(weights: Path, name: str) -> None:
    change_header(weights, lambda header: header[FIRST].update(dtype=name))
    refused(weights, card=False, match="do not fit the network .* is of type torch")


@pytest.mark.parametrize(("name", "shape"), [("F8_E4M3", [16]), ("U8", [16]), ("F16", [8])])
def test_the_same_bytes_as_more_numbers(weights: Path, name: str, shape: list[int]) -> None:
    change_header(weights, lambda header: header[FIRST].update(dtype=name, shape=shape))
    refused(weights, card=False, match="do not fit the network .*the shape of '0.blocks.0.fusion")


@pytest.mark.parametrize("value", [b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff"])
def test_a_weight_that_is_not_finite(weights: Path, value: bytes) -> None:
    header, tensors = header_of(weights)
    write_raw(weights, json.dumps(header).encode(), tensors[:-4] + value)
    refused(weights, card=False, match="weights 'tiny' are not finite; train again")


def test_a_tensor_more_or_less_than_the_network_has(weights: Path) -> None:
    whole = weights.read_bytes()
    change_header(weights, lambda header: header.update({"1.x": header.pop(FIRST)}))
    refused(weights, card=False, match="do not fit the network")
    weights.write_bytes(whole)
    change_header(weights, lambda header: header.update({"x": header.pop(FIRST)}))
    refused(weights, card=False, match="do not fit the network")


@pytest.mark.parametrize(
    "text",
    [
        "", "no JSON", "{}", "[]", "null", "5", '"text"', "[" * 100_000, '{"name": "\\ud800"}',
        '{"name": NaN}', "{" * 200,
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_a_card_that_is_no_card(weights: Path, text: str) -> None:
    refused(replace_card(weights, text))


def test_a_card_behind_a_byte_order_mark_is_read(weights: Path) -> None:
    text = header_of(weights)[0]["__metadata__"][CARD]
    assert read_card(replace_card(weights, "\ufeff" + text)).name == "tiny"


def test_a_card_with_two_values_of_one_name(weights: Path) -> None:
    text = header_of(weights)[0]["__metadata__"][CARD]
    refused(replace_card(weights, text.replace("{", '{"stage_factor": 4.0, ', 1)))


def test_a_name_that_no_encoding_holds(weights: Path) -> None:
    text = header_of(weights)[0]["__metadata__"][CARD]
    replace_card(weights, text.replace('"tiny"', '"ti\\ud800ny"'))
    assert read_card(weights).name == "ti\\ud800ny"


def test_a_network_is_limited_to_twice_the_file() -> None:
    shapes = {"weight": (4, 4), "bias": (4,)}
    with at_most(shapes):
        nn.Linear(4, 4)
    for module, sizes in ((nn.Linear, (8, 8)), (nn.Linear, (10**4, 10**4))):
        with pytest.raises(FileFormatError, match="larger network"), at_most(shapes):
            module(*sizes)
    with pytest.raises(FileFormatError, match="larger network"), at_most(shapes):
        nn.ModuleList(nn.Linear(1, 1) for _ in range(10**9))
    nn.Linear(100, 100)


def test_networks_of_other_threads_do_not_count() -> None:
    with at_most({"weight": (1,)}):
        thread = threading.Thread(target=nn.Linear, args=(100, 100))
        thread.start()
        thread.join()
    assert torch.nn.Linear(5, 5).weight.shape == (5, 5)


def test_the_checksum_covers_names_types_shapes_and_values() -> None:
    tensors = {"a": torch.arange(6.0), "b": torch.tensor(3)}
    others = [
        {**tensors, "a": torch.arange(6.0).reshape(2, 3)},
        {**tensors, "b": torch.tensor(3, dtype=torch.int32)},
        {"a": tensors["a"], "c": tensors["b"]},
        {**tensors, "a": torch.arange(6.0).flip(0)},
    ]
    assert digest(dict(reversed(tensors.items()))) == digest(tensors)
    assert len({digest(each) for each in [tensors, *others]}) == 5
