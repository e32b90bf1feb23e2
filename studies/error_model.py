"""Fit the model of errors on training subjects, and measure its transfer from scale to scale.

    OMP_NUM_THREADS=1 python -m studies.error_model --data DATA --samples FOLDER

Enhances scans of training subjects with the guide and without, in the plane and across slices, and
keeps features and errors of some voxels (again from FOLDER, where an earlier run has left them).
Writes ``src/crossres/inference/error_model.json``. Prints, for every subject left out in turn, how
far the transfer measured on the others misses its own. No held-out scan takes part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeAlias, get_args

import numpy as np
import torch
import typer
from scipy import stats
from studies.error_cases import STRIPPED, ErrorCase, Values, cases, samples
from torch import nn

from crossres.files import atomic
from crossres.inference.error_model import REACH, ErrorModel, ModelName, Transfer, model_name
from crossres.inference.predicted_error import LEVEL

Samples: TypeAlias = dict[str, Values]
Scans: TypeAlias = dict[tuple[str, float], Samples]
"""By name of the scan and factor."""
Ratios: TypeAlias = dict[str, float]
_ENDS = ("fine_rms", "fine_quantile"), ("below_rms", "below_quantile")
UNITS, STEPS, BATCH, RATE = 32, 3000, 2048, 0.02
_LEAST = 1e-3
"""Share of the intensity scale that is added to errors: smaller ones are equally small."""
FILE = Path("src/crossres/inference/error_model.json")


def collect(data: Path, kept: Path | None, folder: Path) -> dict[ModelName, Scans]:
    """Return the samples of all training subjects by model."""
    found: dict[ModelName, Scans] = {name: {} for name in get_args(ModelName)}
    for case in cases(data, kept, held_out=False):
        for guided in (True, False) if case.axes != "along all axes" else ():
            name = model_name(guided=guided, axes=2 if case.in_plane else 1)
            found[name][case.name, case.factor] = _samples(case, folder, guided=guided)
    return found


def _samples(case: ErrorCase, folder: Path, *, guided: bool) -> Samples:
    words = f"{case.name} {case.kind} {'guided' if guided else 'unguided'}"
    file = folder / (words.replace(" ", "-").replace(",", "") + ".npz")
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(file, allow_pickle=False, **samples(case, guided=guided))
        typer.echo(words)
    with np.load(file) as content:
        return dict(content)


def fitted(name: str, scans: Scans) -> ErrorModel:
    """Fit the network by the likelihood of Laplace distributions, then the transfers.

    Kinds of scans (clinical, cohort, simulated) count by the square root of their number.
    """
    torch.manual_seed(0)
    x = np.concatenate([each["fine"] for each in scans.values()])
    error = np.concatenate([np.abs(each["error"]) for each in scans.values()]) + _LEAST
    shares = zip(scans.values(), _shares(scans), strict=True)
    weights = np.concatenate([np.full(len(one["error"]), share) for one, share in shares])
    mean, scale = x.mean(axis=0), x.std(axis=0)
    inputs = torch.from_numpy((x - mean) / scale).clamp(-REACH, REACH)
    target = torch.from_numpy(error)
    hidden, out = nn.Linear(x.shape[1], UNITS), nn.Linear(UNITS, 1)
    with torch.no_grad():
        out.bias.fill_(float(np.log(error).mean()))
    network = nn.Sequential(hidden, nn.Tanh(), out)
    optimiser = torch.optim.Adam(network.parameters(), weight_decay=1e-5)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=STEPS)
    drawn = np.random.default_rng(0).choice(len(x), (STEPS, BATCH), p=weights / weights.sum())
    for index in torch.from_numpy(drawn):
        log_size = network(inputs[index])[:, 0]
        loss = (log_size + target[index] * torch.exp(-log_size)).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        rate.step()
    model = ErrorModel(
        name, torch.from_numpy(mean), torch.from_numpy(scale),
        torch.cat([hidden.weight, hidden.bias[:, None]], dim=1).detach(),
        torch.cat([out.weight[0], out.bias]).detach(), {},
    )  # fmt: skip
    return replace(model, transfers=transfers(model, scans))


def _shares(scans: Scans) -> list[float]:
    groups = [name.split()[0].split("-")[0] for name, _ in scans]
    return [1 / groups.count(group) ** 0.5 for group in groups]


def transfers(model: ErrorModel, scans: Scans) -> dict[float, Transfer]:
    """Return the transfer that fits all scans, by factor."""
    return {
        factor: transfer_of([ratios(model, one) for (_, f), one in scans.items() if f == factor])
        for factor in sorted({factor for _, factor in scans})
    }


def transfer_of(found: Sequence[Ratios], power: float | None = None) -> Transfer:
    """Return the transfer by least squares on logarithms, of a given power or of the best one."""
    fine, below = (np.log([[one[part] for part in ends] for one in found]) for ends in _ENDS)
    if power is None:
        away = below[:, 1] - below[:, 1].mean()
        power = float(np.clip(away @ fine[:, 1] / (away @ away), 0, 1))
    deviation, quantile = np.exp(np.mean(fine - power * below, axis=0))
    return Transfer(float(deviation), float(quantile), power)


def ratios(model: ErrorModel, scan: Samples) -> Ratios:
    """Return errors relative to their prediction: RMS and quantile, on the fine grid and below."""
    fine, below = (
        np.abs(scan[error]) / size_of(model, scan[features])
        for features, error in (("fine", "error"), ("below", "error_below"))
    )
    return {
        "fine_rms": float(np.sqrt(np.mean(np.square(fine)))),
        "fine_quantile": float(np.quantile(fine, LEVEL)),
        "below_rms": float(np.sqrt(np.mean(np.square(below)))),
        "below_quantile": float(np.quantile(below, LEVEL)),
    }


def size_of(model: ErrorModel, features: Values) -> Values:
    """Return the predicted size of the errors of voxels ``(n, c)``."""
    found = model.size(torch.from_numpy(features).T[None, :, :, None])
    return np.asarray(found[0, 0, :, 0].numpy())


POWERS: dict[str, float | None] = {"fitted power": None, "ratio": 1.0, "no self-validation": 0.0}
"""Of the transfers that are compared."""


def left_out(name: str, scans: Scans, folds: int = 4) -> Iterator[tuple[str, float, list[float]]]:
    """Yield by how much the transfers of other subjects miss the quantile of each, in logarithms.

    Also yields the rank correlations of prediction and error of the subjects that were left out.
    """
    names = sorted({_subject(name) for name, _ in scans})
    missed: dict[tuple[str, float], list[float]] = {}
    for out in (set(names[fold::folds]) for fold in range(folds)):
        known = {key: one for key, one in scans.items() if _subject(key[0]) not in out}
        model = fitted(name, known)
        for factor in model.transfers:
            own = {key: ratios(model, one) for key, one in scans.items() if key[1] == factor}
            others = [own[key] for key in known if key in own]
            for label, power in POWERS.items():
                transfer = transfer_of(others, power)
                missed.setdefault((label, factor), []).extend(
                    _missed(transfer, one) for key, one in own.items() if _subject(key[0]) in out
                )
            missed.setdefault(("rank correlation", factor), []).extend(
                _rank(model, scans[key]) for key in own if _subject(key[0]) in out
            )
    yield from ((label, factor, values) for (label, factor), values in sorted(missed.items()))


def _subject(name: str) -> str:
    """Return whose scan it is: a head is there as a whole and stripped."""
    return name.removesuffix(STRIPPED)


def _missed(transfer: Transfer, one: Ratios) -> float:
    expected = transfer.quantile * one["below_quantile"] ** transfer.power
    return float(np.log(one["fine_quantile"] / expected))


def _rank(model: ErrorModel, scan: Samples) -> float:
    size = size_of(model, scan["fine"])
    return float(stats.spearmanr(size, np.abs(scan["error"])).statistic)


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    samples: Annotated[Path, typer.Option(help="Folder of samples, kept between runs.")],
    kept: Annotated[Path | None, typer.Option(help="Folder of motions found before.")] = None,
    out: Annotated[Path, typer.Option(help="The JSON file of the package.")] = FILE,
) -> None:
    """Fit all four models and write them."""
    torch.set_num_threads(1)
    found = collect(data, kept, samples)
    for name, scans in found.items():
        for label, factor, values in left_out(name, scans):
            typer.echo(
                f"{name}, {factor:g}x, {label}: mean {np.mean(values):+.3f}, standard deviation "
                f"{np.std(values):.3f}, from {min(values):+.3f} to {max(values):+.3f}"
            )
    lines = [
        f"{json.dumps(name)}: {json.dumps(fitted(name, scans).to_dict())}"
        for name, scans in found.items()
    ]
    with atomic(out, overwrite=True) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    typer.run(main)
