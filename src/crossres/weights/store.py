"""Save, load and list weights: one safetensors file, its card in the file's metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from crossres.files import atomic
from crossres.inference import Cascade
from crossres.networks import NETWORKS
from crossres.types import CrossresError, WeightsError
from crossres.weights.card import WeightCard

Networks: TypeAlias = Mapping[str, Callable[..., nn.Module]]
"""Networks by name: classes, or functions that return a network for keyword settings."""

CARD = "crossres-card"


def _shipped() -> Path:
    return Path(str(resources.files("crossres"))) / "weights" / "shipped"


def shipped_names() -> list[str]:
    """Return the names of the weights in the package.

    Returns:
        Sorted names.

    Example:
        >>> "t1-t2-axial-x4" in shipped_names()
        True
    """
    return sorted(path.stem for path in _shipped().glob("*.safetensors"))


def weights_path(name: str | Path) -> Path:
    """Return the file of weights.

    Args:
        name: Name of shipped weights, or a file.

    Returns:
        The path.

    Raises:
        WeightsError: Neither shipped weights nor a file.
    """
    shipped = _shipped() / f"{name}.safetensors"
    if shipped.is_file():
        return shipped
    path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped_names()) or "none"
        raise WeightsError(f"no weights {str(name)!r}: give a .safetensors file or one of {known}")
    return path


def read_card(name: str | Path) -> WeightCard:
    """Return the card of weights without loading them.

    Args:
        name: Name of shipped weights, or a file.

    Returns:
        The card.

    Raises:
        WeightsError: Unknown, damaged, or without a card.

    Example:
        >>> read_card("t1-t2-axial-x4").target
        'T2w'
    """
    path = weights_path(name)
    try:
        with safe_open(path, framework="np") as file:
            return WeightCard.model_validate_json((file.metadata() or {})[CARD])
    except (SafetensorError, OSError, KeyError, ValidationError) as error:
        raise WeightsError(
            f"{path} is not a crossres weights file; train again or copy it anew"
        ) from error


def save_weights(
    cascade: Cascade, card: WeightCard, path: str | Path, *, overwrite: bool = False
) -> None:
    """Write the networks of a cascade and their card to one file.

    Args:
        cascade: The networks.
        card: Their card.
        path: The ``.safetensors`` file to be made.
        overwrite: Whether a file of that name may be replaced.

    Raises:
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or may not be written to, or the disk is full.
    """
    tensors = {
        f"{index}.{name}": value.detach().cpu().contiguous()
        for index, network in enumerate(cascade.networks)
        for name, value in network.state_dict().items()
    }
    with atomic(Path(path), overwrite=overwrite) as temporary:
        temporary.write_bytes(save(tensors, metadata={CARD: card.model_dump_json()}))


def load_weights(name: str | Path, *, networks: Networks | None = None) -> Cascade:
    """Return the cascade of shipped or own weights, ready for inference.

    Args:
        name: Name of shipped weights (:func:`shipped_names`), or a .safetensors file.
        networks: Networks of your own by the name on the card; a file never names code to import.

    Returns:
        The cascade.

    Raises:
        WeightsError: Unknown, damaged, or not fitting the network that the card names.

    Example:
        >>> load_weights("t1-t2-axial-x2").guided
        True
    """
    card, path = read_card(name), weights_path(name)
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    known = {**NETWORKS, **(networks or {})}
    loaded = tuple(_network(card, index, tensors, known) for index in range(card.networks))
    try:
        return Cascade(loaded, card.stage_factor, card.projection, card.deblur_noise, card.axes)
    except CrossresError as error:
        raise WeightsError(f"{path} does not fit the cascade of its card: {error}") from error


def _network(
    card: WeightCard, index: int, tensors: dict[str, Tensor], known: Networks
) -> nn.Module:
    if card.network not in known:
        raise WeightsError(
            f"no network {card.network!r} in the package; load the weights in Python by "
            "load_weights(file, networks=...) with its class, or choose weights of one of "
            f"{', '.join(known)}"
        )
    prefix = f"{index}."
    own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    settings: Any = card.network_settings
    try:
        network = known[card.network](**settings)
        network.load_state_dict(own)
    except (TypeError, RuntimeError, CrossresError) as error:
        raise WeightsError(
            f"weights {card.name!r} do not fit the network {card.network!r} of their card"
        ) from error
    return network.eval().requires_grad_(False)
