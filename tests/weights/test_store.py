"""What is saved is loaded; what is damaged, unknown or does not fit is refused in one line."""

import json

import pytest
import torch
from safetensors.torch import save_file

from crossres.inference import Cascade
from crossres.networks import GuidedRDN
from crossres.physics import BackProjection
from crossres.types import OutputExistsError, WeightsError
from crossres.weights import (
    WeightCard,
    load_weights,
    read_card,
    save_weights,
    shipped_names,
)
from crossres.weights.index import weights_path
from crossres.weights.store import CARD
from weights_files import change_header

LARGEST_MB = 6


def make_cascade(count: int = 1, norm: str = "batch") -> Cascade:
    torch.manual_seed(0)
    networks = tuple(GuidedRDN(blocks=1, layers=1, width=4, norm=norm) for _ in range(count))
    for network in networks:
        torch.nn.init.normal_(network.out.weight)
    networks = tuple(network.eval() for network in networks)
    return Cascade(networks, 2.0, BackProjection("iterative", steps=3), 0.2)


def make_card(cascade: Cascade, **changes) -> WeightCard:
    fields = {
        "name": "test", "description": "For tests.", "target": "T2w", "guide": "T1w",
        "network": "guided-rdn", "network_settings": cascade.networks[0].settings,
        "networks": len(cascade.networks), "stage_factor": cascade.stage_factor,
        "sharpening": cascade.deblur_noise, "back_projection": {"kind": "iterative", "steps": 3},
        "factors": (2.0, 4.0), "spacing_mm": (1.0, 2.0), "acquisition": "Gaussian", "data": "none",
        "licence": "Apache-2.0", "commands": ("pytest",), "seed": 0, "commit": "0",
        "results": {"PSNR": "30 dB"},
    }  # fmt: skip
    return WeightCard(**{**fields, **changes})


@pytest.fixture
def saved(tmp_path):
    cascade = make_cascade()
    path = tmp_path / "own.safetensors"
    save_weights(cascade, make_card(cascade), path)
    return path


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_round_trip(tmp_path, count, norm):
    cascade, path = make_cascade(count, norm), tmp_path / "own.safetensors"
    card = make_card(cascade)
    save_weights(cascade, card, path)
    loaded = load_weights(path)
    assert read_card(path) == card
    assert len(loaded.networks) == count
    assert (loaded.stage_factor, loaded.deblur_noise) == (2.0, 0.2)
    assert loaded.back_projection == cascade.back_projection
    upsampled, guide = torch.rand(2, 1, 1, 9, 7)
    for network, other in zip(cascade.networks, loaded.networks, strict=True):
        torch.testing.assert_close(other(upsampled, guide), network(upsampled, guide))


def test_filters_in_half_precision_make_a_file_of_half_the_size(tmp_path):
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=2, width=16)
    torch.nn.init.normal_(network.out.weight)
    cascade = Cascade((network.eval(),), 2.0)
    whole, half = (tmp_path / f"{name}.safetensors" for name in ("whole", "half"))
    save_weights(cascade, make_card(cascade), whole)
    save_weights(cascade, make_card(cascade), half, half=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    upsampled, guide = torch.rand(2, 1, 1, 9, 7)
    detail, rounded = (
        load_weights(path).networks[0](upsampled, guide) - upsampled for path in (whole, half)
    )
    assert 0 < (rounded - detail).square().mean() < 1e-6 * detail.square().mean()
    assert load_weights(half).networks[0].out.weight.dtype == torch.float32


def test_loaded_networks_are_ready_to_enhance(saved):
    [network] = load_weights(saved).networks
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert load_weights(str(saved)).guided


def test_nothing_is_overwritten_without_request(saved):
    cascade = make_cascade()
    before = saved.read_bytes()
    with pytest.raises(OutputExistsError, match=r"own\.safetensors exists"):
        save_weights(cascade, make_card(cascade, seed=1), saved)
    assert saved.read_bytes() == before
    save_weights(cascade, make_card(cascade, seed=1), saved, overwrite=True)
    assert read_card(saved).seed == 1
    assert [path.name for path in saved.parent.iterdir()] == ["own.safetensors"]


@pytest.mark.parametrize("action", [read_card, load_weights])
def test_unknown_names(action, tmp_path):
    for name in ("t9-t8", tmp_path / "missing.safetensors", tmp_path):
        with pytest.raises(WeightsError, match=r"no weights .*: give a \.safetensors file or one"):
            action(name)


@pytest.mark.parametrize("action", [read_card, load_weights])
@pytest.mark.parametrize("keep", [0, 5, 400, -1])
def test_damaged_files(action, keep, saved):
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="is not a crossres weights file; train again or copy"):
        action(saved)


@pytest.mark.parametrize("metadata", [None, {"other": "1"}, {CARD: "no JSON"}, {CARD: "{}"}])
def test_files_of_others(metadata, tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(2)}, path, metadata=metadata)
    with pytest.raises(WeightsError, match="is not a crossres weights file"):
        load_weights(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"network": "resnet"},
        {"networks": 2},
        {"network_settings": {"width": 8}},
        {"network_settings": {"depth": 8}},
        {"network_settings": {"width": 0}},
    ],
)
def test_a_card_of_another_network(wrong, tmp_path):
    cascade, path = make_cascade(), tmp_path / "own.safetensors"
    save_weights(cascade, make_card(cascade, **wrong), path)
    with pytest.raises(
        WeightsError,
        match=r"fit the network|no network .resnet. in the package; load the weights in Python by",
    ):
        load_weights(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_not_saved(value, tmp_path):
    cascade, path = make_cascade(), tmp_path / "own.safetensors"
    cascade.networks[0].out.bias.data[0] = value
    with pytest.raises(WeightsError, match="`cascade` has weights that are not finite; train it"):
        save_weights(cascade, make_card(cascade), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [-1, -40, -400])
def test_a_flipped_bit_in_the_weights_is_noticed(place, saved):
    content = bytearray(saved.read_bytes())
    content[place] ^= 1
    saved.write_bytes(content)
    with pytest.raises(WeightsError, match="its weights are not those that were saved"):
        load_weights(saved)


def test_weights_of_earlier_versions_have_no_checksum(saved):
    def change(header):
        card = json.loads(header["__metadata__"][CARD])
        del card["tensors_sha256"]
        header["__metadata__"][CARD] = json.dumps(card)

    change_header(saved, change)
    assert load_weights(saved).guided


def test_weights_of_an_earlier_version_load_from_their_file(saved):
    def change(header):
        card = json.loads(header["__metadata__"][CARD])
        for added_later in ("version", "changes", "population"):
            del card[added_later]
        header["__metadata__"][CARD] = json.dumps(card)

    assert read_card(change_header(saved, change)).full_name == "test@1"
    cascade = load_weights(saved)
    save_weights(cascade, make_card(cascade, version=3), saved, overwrite=True)
    assert read_card(saved).full_name == "test@3"


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_weights_load_and_are_small(name):
    card, cascade = read_card(name), load_weights(name)
    assert card.name == name
    assert cascade.guided is (card.guide is not None)
    assert weights_path(name).stat().st_size <= LARGEST_MB * 1e6
    assert card.commit
    assert card.results
