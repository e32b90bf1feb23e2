"""Save, load and list weights: one safetensors file, its card in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor, nn

from crossres.files import atomic
from crossres.files.text import problem_of
from crossres.inference import Cascade
from crossres.networks import NETWORKS
from crossres.types import CrossresError, WeightsError
from crossres.weights.card import WeightCard
from crossres.weights.index import weights_path
from crossres.weights.tensor_file import (
    CARD,
    CHECKSUM,
    Shapes,
    at_most,
    digest,
    read_header,
    read_tensors,
)

Networks: TypeAlias = Mapping[str, Callable[..., nn.Module]]
"""Networks by name: classes, or functions that return a network for keyword settings."""

# What a damaged file, or a network that does not fit its settings, may raise.
_DAMAGE = (SafetensorError, OSError, KeyError, ValueError)
_MISFIT = (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError, MemoryError)
_FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}


def read_card(name: str | Path) -> WeightCard:
    """Return the card of weights without loading them.

    Args:
        name: Name of shipped weights, with or without a version, or a file.

    Returns:
        The card.

    Raises:
        WeightsError: Unknown, damaged, or without a card.

    Example:
        >>> read_card("t1-t2-axial-x4").target
        'T2w'
    """
    return _described(weights_path(name))[0]


def _described(path: Path) -> tuple[WeightCard, Shapes, str | None]:
    """Return the card of a file, the shapes of its tensors, and their checksum, if it has one."""
    try:
        card, shapes = read_header(path)
        checksum = card.pop(CHECKSUM, None) if isinstance(card, dict) else None
        return WeightCard.model_validate(card), shapes, checksum
    except ValidationError as error:
        _refuse(path, problem_of(error), error)
    except _DAMAGE as error:
        _refuse(path, str(error) if type(error) is ValueError else "", error)


def _refuse(path: Path, reason: str, error: Exception | None = None) -> NoReturn:
    more = f" ({reason})" if reason else ""
    raise WeightsError(
        f"{path} is not a crossres weights file; train again or copy it anew{more}"
    ) from error


def save_weights(
    cascade: Cascade,
    card: WeightCard,
    path: str | Path,
    *,
    overwrite: bool = False,
    half: bool = False,
) -> None:
    """Write the networks of a cascade and their card to one file.

    Args:
        cascade: The networks.
        card: Their card.
        path: The ``.safetensors`` file to be made.
        overwrite: Whether a file of that name may be replaced.
        half: Whether filters are rounded to half precision, for a file of half the size; biases
            and normalisations are not. Estimates change by less than 0.1 % of their detail.

    Raises:
        WeightsError: A weight is not finite.
        OutputExistsError: The file exists and ``overwrite`` is False.
        OutputWriteError: The folder is missing or may not be written to, or the disk is full.
    """
    tensors = {
        f"{index}.{name}": value.detach().cpu().contiguous()
        for index, network in enumerate(cascade.networks)
        for name, value in network.state_dict().items()
    }
    if half:
        filters = {n: t.half() for n, t in tensors.items() if t.is_floating_point() and t.ndim > 1}
        tensors |= filters
    if not _are_finite(tensors):
        raise WeightsError("`cascade` has weights that are not finite; train it again")
    content = {**card.model_dump(mode="json"), CHECKSUM: digest(tensors)}
    with atomic(Path(path), overwrite=overwrite) as temporary:
        temporary.write_bytes(save(tensors, metadata={CARD: json.dumps(content)}))


def load_weights(name: str | Path, *, networks: Networks | None = None) -> Cascade:
    """Return the cascade of shipped or own weights, ready for inference.

    Args:
        name: Name of shipped weights (:func:`shipped_names`), with or without a version, or a
            .safetensors file.
        networks: Networks of your own by the name on the card; a file never names code to import.

    Returns:
        The cascade.

    Raises:
        WeightsError: Unknown, damaged, or not fitting the network that the card names.

    Example:
        >>> load_weights("t1-t2-axial-x2").guided
        True
    """
    path = weights_path(name)
    card, shapes, checksum = _described(path)
    made = _networks(card, shapes, {**NETWORKS, **(networks or {})})
    try:
        tensors = read_tensors(path)
    except (*_DAMAGE, AttributeError) as error:
        _refuse(path, "", error)
    loaded = tuple(_filled(card, network, tensors, index) for index, network in enumerate(made))
    if checksum is not None and checksum != digest(tensors):
        _refuse(path, "its weights are not those that were saved")
    cascade = Cascade(loaded, card.stage_factor, card.projection, card.deblur_noise, card.axes)
    if cascade.guided != (card.guide is not None):
        raise _misfit(card, "one of them has a guide, the other has none")
    return cascade


def _networks(card: WeightCard, shapes: Shapes, known: Networks) -> list[nn.Module]:
    """Make the networks of a card, of which every tensor must be in the file and no other."""
    if card.network not in known:
        raise WeightsError(
            f"no network {card.network!r} in the package; load the weights in Python by "
            "load_weights(file, networks=...) with its class, or choose weights of one of "
            f"{', '.join(known)}"
        )
    settings: dict[str, Any] = dict(card.network_settings)
    try:
        with at_most(shapes):
            made = [known[card.network](**settings) for _ in range(card.networks)]
    except (*_MISFIT, CrossresError) as error:
        raise _misfit(card, str(error)) from error
    described = {
        f"{index}.{name}": tuple(value.shape)
        for index, network in enumerate(made)
        for name, value in network.state_dict().items()
    }
    if described != shapes:
        other = sorted(described.items() ^ shapes.items())[0][0]
        raise _misfit(card, f"the shape of {other!r} differs, or only one of them has it")
    return made


def _filled(
    card: WeightCard, network: nn.Module, tensors: Mapping[str, Tensor], index: int
) -> nn.Module:
    """Return a network with its tensors from the file, ready for inference."""
    own = {name: tensors[f"{index}.{name}"] for name in network.state_dict()}
    for name, value in network.state_dict().items():
        if own[name].dtype != value.dtype and not {own[name].dtype, value.dtype} <= _FLOATS:
            raise _misfit(card, f"{name!r} is of type {own[name].dtype}")
    network.load_state_dict(own)
    if not _are_finite(network.state_dict()):
        raise WeightsError(
            f"weights {card.name!r} are not finite; train again or copy the file anew"
        )
    return network.eval().requires_grad_(False)


def _are_finite(tensors: Mapping[str, Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())


def _misfit(card: WeightCard, reason: str) -> WeightsError:
    reason = " ".join(reason.split())  # those of torch have many lines
    return WeightsError(
        f"weights {card.name!r} do not fit the network {card.network!r} of their card ({reason}); "
        "train again or copy the file anew"
    )
