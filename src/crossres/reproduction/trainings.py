"""Train the networks of a unit once, shared with other units, across interruptions."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from torch import Tensor, nn

from crossres.files import locked, write_json
from crossres.inference import Cascade, Enhancer, GuidedRegression
from crossres.physics import BackProjection
from crossres.reproduction.subjects import Subject
from crossres.reproduction.units import Unit
from crossres.training import Internal, MakeNetwork
from crossres.training.checkpoint import read_checkpoint, write_checkpoint
from crossres.training.deadline import check_time

NETWORKS = "networks.pt"
CURVES = "curves.json"


class Unchanged(nn.Module):
    """A network that adds nothing: the result is cubic interpolation."""

    guided = False

    def forward(self, upsampled: Tensor, guide: Tensor | None = None) -> Tensor:
        """Return the input.

        Args:
            upsampled: U y, ``(n, 1, i, j)``.
            guide: Not used.

        Returns:
            ``upsampled``.
        """
        return upsampled


def enhancer_for(unit: Unit, subject: Subject, runs: Path, device: str = "cpu") -> Enhancer:
    """Return the method of a unit, ready for a test subject; what is missing is trained.

    Args:
        unit: Method, factor and fold.
        subject: One of its test subjects; internal training uses its low-resolution scan.
        runs: Folder of the trainings, each under its address, whatever device they ran on.
        device: Where to train, as torch names it.

    Returns:
        The enhancer.

    Raises:
        OutOfTime: A time limit came first; the same call resumes.
    """
    if unit.method.regime == "bicubic":
        return Cascade((Unchanged(),), unit.factor, BackProjection("none"))
    if unit.method.regime == "regression":
        return GuidedRegression()
    if unit.method.per_subject:
        return _internal(unit, subject, runs, device)
    cascade = external_cascade(unit, runs, device)
    return cascade.self_ensemble() if unit.method.ensemble else cascade


def external_cascade(unit: Unit, runs: Path, device: str = "cpu") -> Cascade:
    """Return the cascade trained on the other subjects.

    Args:
        unit: Method, factor and fold.
        runs: Folder of the trainings.
        device: Where to train, as torch names it.

    Returns:
        The cascade, its networks on the CPU.

    Raises:
        OutOfTime: A time limit came first; the same call resumes.
    """
    folder = runs / unit.training_key
    with locked(folder, wait=True):
        if not (folder / NETWORKS).exists():
            _train(unit, folder, device)
        # Networks of earlier versions have no checksum; to train them again takes up to hours.
        states = read_checkpoint(folder / NETWORKS, sealed=False)
    return unit.plan.restored(states, unit.factor)


def _train(unit: Unit, folder: Path, device: str) -> None:
    """Train on the unit's subjects, resuming from the folder, and keep the networks."""
    supervised, plan = unit.method.regime == "supervised", unit.plan
    make, examples = _maker(unit, device), []
    for subject in unit.train:
        check_time()
        examples.append(unit.example(subject, folder.parent, supervised=supervised))
    if supervised:
        cascade, curves = plan.supervised.fit(make, examples, unit.factor, folder=folder)
    else:
        cascade, curves = plan.regime.fit(make, examples, folder=folder)
    record = {"plan": asdict(plan), "factor": unit.factor, "curves": curves}
    write_json(record, folder / CURVES, overwrite=True)
    states = [network.cpu().state_dict() for network in cascade.networks]
    write_checkpoint(states, folder / NETWORKS)


def _maker(unit: Unit, device: str) -> MakeNetwork:
    """Return a factory of networks on a device; their weights are drawn on the CPU for all."""
    return lambda: unit.plan.make().to(device)


def _internal(unit: Unit, subject: Subject, runs: Path, device: str) -> Cascade:
    """Train on the test subject's own scan, from the start or after external training."""
    plan = unit.plan
    internal = Internal(plan.regime.learning, plan.regime.stages, shared=False)
    folder = runs / unit.key / subject.name
    image = unit.example(subject, runs)
    if unit.method.regime == "internal":
        with locked(folder, wait=True):
            return internal.fit(_maker(unit, device), image, folder=folder)[0]
    external = external_cascade(unit.parent, runs, device)
    placed = replace(external, networks=tuple(network.to(device) for network in external.networks))
    with locked(folder, wait=True):
        return internal.adapt(placed, image, folder=folder)[0]
