"""Steps per second of several small trainings that share a device by three strategies.

    python -m studies.benchmark_side_by_side --device cuda
    python -m studies.benchmark_side_by_side --device cpu    # tiny sizes: only a test that it runs

k trainings of budget ``full`` (guided network of 32 filters, 32 patches of 48 x 48) in parallel, by
three strategies in one run:

- processes: k processes with a training each, as ``crossres reproduce --workers k`` does;
- streams: one process that alternates between them, each in its own CUDA stream (not on a CPU);
- ensemble: one process whose k networks are one stacked network (``torch.func``), stepped at once
  (it keeps no second copy of the weights, which the others do at each step).

Each number is that of the fastest of a few rounds after a warm-up, without the start of processes.
Slices are noise: time does not depend on the images.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor
from torch.func import functional_call, stack_module_state

from crossres.inference import compute_device
from crossres.reproduction import BUDGETS, Budget
from crossres.reproduction.methods import PROPOSED
from crossres.reproduction.plans import plan_of
from crossres.reproduction.records import write_summary
from crossres.training import Recipe
from crossres.training.degraded_patches import DegradedPatches, patch_acquisition
from crossres.training.loop import Training
from crossres.training.losses import loss_function
from crossres.training.patches import SliceBank, build_bank

FACTOR, SLICES, SIDE = 4, 64, 160
TINY = replace(
    BUDGETS["full"], batch=2, patch=16,
    networks={"guided-rdn": {"blocks": 1, "layers": 1, "width": 4}},
)  # fmt: skip
Step = Callable[[], None]
Span = tuple[int, float, float]
"""Number of a round, its start and its end, seconds."""


@dataclass(frozen=True)
class Work:
    """Trainings with the sizes of a budget on a device, with a number of steps per round."""

    budget: Budget
    device: str
    steps: int
    rounds: int

    @property
    def recipe(self) -> Recipe:
        """The recipe of the proposed method."""
        return plan_of(PROPOSED, self.budget, FACTOR)

    def bank(self, seed: int) -> SliceBank:
        """Return slices of noise."""
        generator = torch.Generator().manual_seed(seed)
        slices = torch.rand(SLICES, 2, SIDE, SIDE, generator=generator)
        return build_bank([slices]).to(self.device)

    def training(self, seed: int) -> Training:
        """Return a new training."""
        network = self.recipe.make().to(self.device)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        settings = replace(self.recipe.regime.learning.training, seed=seed)
        return Training(network.train(), settings)

    def draw(self, seed: int) -> Callable[[torch.Generator], DegradedPatches]:
        """Return a function that draws a batch, as ``PatchTraining`` does."""
        learning, bank = self.recipe.regime.learning, self.bank(seed)
        acquisition = patch_acquisition(learning.patch, FACTOR ** (1 / PROPOSED.stages))

        def draw(generator: torch.Generator) -> DegradedPatches:
            patches = bank.draw(learning.batch, learning.patch, learning.augmentation, generator)
            return DegradedPatches(patches, acquisition, learning.back_projection)

        return draw

    def wait(self) -> None:
        """Wait until the device is idle."""
        if self.device != "cpu":
            torch.cuda.synchronize(self.device)

    def seconds(self, step: Step) -> float:
        """Return the seconds of a round of steps."""
        self.wait()
        start = time.perf_counter()
        for _ in range(self.steps):
            step()
        self.wait()
        return time.perf_counter() - start


def streams(work: Work, count: int) -> float:
    """Return steps per second of alternating trainings."""
    trainings = [(work.training(n), work.draw(n), _stream(work.device)) for n in range(count)]

    def step() -> None:
        for training, draw, stream in trainings:
            with stream():
                training.step(draw)

    work.wait()
    return count * work.steps / min([work.seconds(step) for _ in range(work.rounds + 1)][1:])


def _stream(device: str) -> Callable[[], AbstractContextManager[object]]:
    if device == "cpu":
        return nullcontext
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return lambda: torch.cuda.stream(stream)


class Ensemble:
    """Networks of one shape as one: stacked weights, separate batch statistics."""

    def __init__(self, work: Work, count: int) -> None:
        trainings = [work.training(n) for n in range(count)]
        self.draws = [(work.draw(n), t.generator) for n, t in enumerate(trainings)]
        self.base = copy.deepcopy(trainings[0].network).to("meta")
        self.loss = loss_function(trainings[0].settings.loss)
        self.weights, self.buffers = stack_module_state([t.network for t in trainings])
        rate = trainings[0].settings.rate
        self.optimiser = torch.optim.Adam(list(self.weights.values()), lr=rate)

    def losses(self) -> Tensor:
        """Return each network's loss on its own batch, ``(k,)``."""
        batches = [draw(generator) for draw, generator in self.draws]
        inputs = [torch.stack([getattr(b, name) for b in batches]) for name in _INPUTS]
        return torch.vmap(self._loss)(self.weights, self.buffers, *inputs)

    def _loss(
        self,
        weights: dict[str, Tensor],
        buffers: dict[str, Tensor],
        upsampled: Tensor,
        guide: Tensor,
        target: Tensor,
    ) -> Tensor:
        estimate = functional_call(self.base, (weights, buffers), (upsampled, guide))
        return self.loss(estimate, target)

    def step(self) -> None:
        """Take a step of each network: their losses do not depend on each other's weights."""
        self.optimiser.zero_grad(set_to_none=True)
        self.losses().sum().backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()


_INPUTS = ("upsampled", "guide", "target")


def ensemble(work: Work, count: int) -> float:
    """Return steps per second, summed over networks, of stacked networks."""
    stacked = Ensemble(work, count)
    seconds = min([work.seconds(stacked.step) for _ in range(work.rounds + 1)][1:])
    return count * work.steps / seconds


def processes(work: Work, count: int) -> float:
    """Return steps per second of one process each, from the first start to the last end."""
    context = get_context("spawn")
    barrier = context.Barrier(count)
    queue: Queue[Span] = context.Queue()
    team = [
        context.Process(target=_train, args=(work, n, barrier, queue), daemon=True)
        for n in range(count)
    ]
    for process in team:
        process.start()
    spans = [queue.get() for _ in range(count * (work.rounds + 1))]
    for process in team:
        process.join()
    rounds = [[span[1:] for span in spans if span[0] == n] for n in range(1, work.rounds + 1)]
    seconds = [max(end for _, end in r) - min(start for start, _ in r) for r in rounds]
    return count * work.steps / min(seconds)


def _train(work: Work, seed: int, barrier: Barrier, queue: Queue[Span]) -> None:
    torch.set_num_threads(1)
    training, draw = work.training(seed), work.draw(seed)

    def step() -> None:
        training.step(draw)

    for number in range(work.rounds + 1):
        barrier.wait()
        start = time.monotonic()
        work.seconds(step)
        queue.put((number, start, time.monotonic()))


STRATEGIES = {"processes": processes, "streams": streams, "ensemble": ensemble}


def main(
    device: Annotated[str, typer.Option(help="cuda, cuda:0 or cpu (tiny sizes).")] = "auto",
    counts: Annotated[str, typer.Option(help="Trainings side by side.")] = "1,2,4,8",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps per round; 50, 3 on a CPU.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    results: Annotated[Path | None, typer.Option(help="Also write a JSON file.")] = None,
) -> None:
    """Time each strategy at each number of trainings, and print total steps per second."""
    where = compute_device(device)
    torch.set_num_threads(1)
    on_cpu = where == "cpu"
    work = Work(TINY if on_cpu else BUDGETS["full"], where, steps or (3 if on_cpu else 50), rounds)
    found: dict[str, dict[int, float]] = {name: {} for name in STRATEGIES}
    typer.echo(f"{'trainings':>12}" + "".join(f"{name:>12}" for name in STRATEGIES))
    for count in map(int, counts.split(",")):
        for name, strategy in STRATEGIES.items():
            found[name][count] = strategy(work, count)
        row = "".join(f"{found[name][count]:12.1f}" for name in STRATEGIES)
        typer.echo(f"{count:12d}{row}  steps per second in all")
    if results is not None:
        write_summary({"device": where, "tiny": on_cpu, "steps_per_second": found}, results)


if __name__ == "__main__":
    typer.run(main)
