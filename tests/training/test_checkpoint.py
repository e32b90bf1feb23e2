"""A checkpoint is whole, finite and of its own training, or it is refused in one line."""

import errno
import io
import math
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from crossres.training import TrainingSettings
from crossres.training.adversary import Adversarial
from crossres.training.checkpoint import (
    TrainingState,
    check_moments,
    is_finite,
    read_checkpoint,
    tensors_in,
    write_checkpoint,
)
from crossres.training.loop import Training
from crossres.types import OutputWriteError, SettingsError, TrainingError

SETTINGS = TrainingSettings(steps=20, epoch=5, adversarial=Adversarial(width=2))


def make_training() -> Training:
    torch.manual_seed(0)
    return Training(nn.Conv2d(1, 2, 3), SETTINGS)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """Write the checkpoint of a training whose optimisers have moments."""
    training = make_training()
    for optimiser in (training.optimiser, training.adversary.optimiser):
        for group in optimiser.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.ones_like(parameter)
        optimiser.step()
    training.save(tmp_path / "stage-1.pt")
    return tmp_path / "stage-1.pt"


def refused(path: Path) -> str:
    with pytest.raises(
        SettingsError, match=r"stage-1\.pt is damaged; remove it to train"
    ) as caught:
        make_training().resume(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_written_is_read(checkpoint: Path) -> None:
    content = read_checkpoint(checkpoint)
    same = torch.load(checkpoint, weights_only=True)
    assert content["state"] == same["state"]
    for one, other in zip(tensors_in(content), tensors_in(same), strict=True):
        assert torch.equal(one, other)
    assert zipfile.ZipFile(checkpoint).testzip() is None
    make_training().resume(checkpoint)


def test_one_flipped_bit_anywhere_is_noticed(checkpoint: Path) -> None:
    whole = checkpoint.read_bytes()
    for position in [*range(0, len(whole), 997), *range(len(whole) - 110, len(whole), 7)]:
        data = bytearray(whole)
        data[position] ^= 0x40
        checkpoint.write_bytes(data)
        refused(checkpoint)


def test_a_flipped_bit_of_a_weight_is_noticed(checkpoint: Path) -> None:
    weight = read_checkpoint(checkpoint)["averaged"]["weight"]
    data = bytearray(checkpoint.read_bytes())
    data[bytes(data).index(weight.numpy().tobytes()) + 3] ^= 0x40
    checkpoint.write_bytes(data)
    assert "its checksum differs" in refused(checkpoint)


@pytest.mark.parametrize("keep", [0, 1, 100, -1, -90, -500])
def test_truncated(checkpoint: Path, keep: int) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:keep])
    refused(checkpoint)


def test_bytes_behind_the_end(checkpoint: Path) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes() + b"\0")
    refused(checkpoint)


@pytest.mark.parametrize("text", [b"hello world\n", b"\xff\xfe", b"PK\x03\x04", b"\x80\x04N."])
def test_another_kind_of_file(checkpoint: Path, text: bytes) -> None:
    checkpoint.write_bytes(text)
    refused(checkpoint)


def test_a_folder_in_its_place(checkpoint: Path) -> None:
    checkpoint.unlink()
    checkpoint.mkdir()
    refused(checkpoint)


def test_one_without_a_checksum(checkpoint: Path) -> None:
    content = read_checkpoint(checkpoint)
    torch.save(content, checkpoint)
    assert "no checksum: changed since, or of an earlier version" in refused(checkpoint)
    assert read_checkpoint(checkpoint, sealed=False)["purpose"] == content["purpose"]


def other_shape(content: dict[str, Any]) -> None:
    content["network"]["weight"] = content["network"]["weight"][:1]


def other_moments(content: dict[str, Any]) -> None:
    content["optimiser"]["state"][0]["exp_avg"] = torch.zeros(1)


def other_moments_of_the_critic(content: dict[str, Any]) -> None:
    content["adversary"]["optimiser"]["state"][0]["exp_avg"] = torch.zeros(1)


def no_group(content: dict[str, Any]) -> None:
    content["optimiser"]["param_groups"] = []


def other_random_state(content: dict[str, Any]) -> None:
    content["generator"] = content["generator"][:100]


def entry(name: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content[name].update(changes)


@pytest.mark.parametrize(
    "change",
    [
        other_shape,
        other_moments,
        other_moments_of_the_critic,
        no_group,
        other_random_state,
        entry("state", step=-1),
        entry("state", step=1.5),
        entry("state", rate=math.nan),
        entry("state", losses=[math.inf]),
        entry("state", losses=None),
        entry("state", surprise=1),
    ],
)
def test_content_that_does_not_fit(
    checkpoint: Path, change: Callable[[dict[str, Any]], None], unchecked: None
) -> None:
    content = read_checkpoint(checkpoint)
    change(content)
    write_checkpoint(content, checkpoint)
    refused(checkpoint)


@pytest.mark.parametrize(
    "name",
    ["settings", "purpose", "state", "network", "averaged", "optimiser", "generator", "adversary"],
)
@pytest.mark.parametrize("value", ["missing", None, 5, [1], torch.zeros(2)])
def test_entries_that_are_missing_or_of_another_kind(
    checkpoint: Path, name: str, value: object
) -> None:
    content = read_checkpoint(checkpoint)
    if isinstance(value, str):
        del content[name]
    else:
        content[name] = value
    write_checkpoint(content, checkpoint)
    with pytest.raises(SettingsError, match=r"is damaged; remove it|made with other settings; use"):
        make_training().resume(checkpoint)


@pytest.mark.parametrize("content", [[1], None, 5, "text", torch.zeros(2), {}])
def test_content_of_another_kind(checkpoint: Path, content: object) -> None:
    write_checkpoint(content, checkpoint)
    refused(checkpoint)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_neither_written_nor_read(checkpoint: Path, value: float) -> None:
    before, content = checkpoint.read_bytes(), read_checkpoint(checkpoint)
    content["network"]["weight"][0, 0, 0, 0] = value
    assert not is_finite(content)
    with pytest.raises(TrainingError, match=r"training diverged: .* use a smaller learning rate"):
        write_checkpoint(content, checkpoint)
    assert checkpoint.read_bytes() == before
    stream = io.BytesIO()
    torch.save(content, stream)
    checkpoint.write_bytes(stream.getvalue())
    with pytest.raises(SettingsError, match="a weight is not finite"):
        read_checkpoint(checkpoint, sealed=False)


def test_a_full_disk_leaves_the_former_checkpoint(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checkpoint.read_bytes()

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as stream:
            stream.write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputWriteError, match=r"cannot write stage-1\.pt in .*; free some space"):
        make_training().save(checkpoint)
    assert checkpoint.read_bytes() == before
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def test_a_limit_on_the_size_of_files_leaves_the_former_checkpoint(checkpoint: Path) -> None:
    before, limits = checkpoint.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OutputWriteError, match="File too large; free some space"):
            make_training().save(checkpoint)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert checkpoint.read_bytes() == before
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("")
    with pytest.raises(OutputWriteError, match=r"cannot write stage-1\.pt"):
        make_training().save(tmp_path / "work" / "stage-1.pt")


def test_moments_must_have_the_shape_of_their_parameters() -> None:
    weight = nn.Parameter(torch.ones(3))
    optimiser = torch.optim.Adam([weight])
    weight.sum().backward()
    optimiser.step()
    check_moments(optimiser)
    optimiser.state[weight]["exp_avg"] = torch.zeros(2)
    with pytest.raises(ValueError, match="does not fit"):
        check_moments(optimiser)


@pytest.mark.parametrize(
    "wrong", [{"step": -1}, {"rate": math.nan}, {"losses": [math.nan]}, {"losses": [], "step": 5}]
)
def test_an_impossible_state(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"`{next(iter(wrong))}` must be"):
        TrainingState(**wrong)
