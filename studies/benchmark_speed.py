"""Time and memory of the whole ``crossres enhance``, and the network's rate beside a GEMM.

    python -m studies.benchmark_speed                          # a phantom of 240 x 240 x 155 at 4x
    python -m studies.benchmark_speed --before OTHER_CHECKOUT  # two versions, by turns
    python -m studies.benchmark_speed --data SESSION           # also thick slices, to 1 mm
    python -m studies.benchmark_speed --before . --option=--maps     # with an option and without

Each run is a process of its own, from start to written files, with registration, self-validation
and blend. Versions take turns; of several rounds the fastest counts. ``SESSION`` is a folder with
one ``*_T2w.nii.gz`` and one ``*_T1w.nii.gz``. CPU seconds are those of all threads. Rates are those
of one thread on one slice of 240 x 240; the GEMM is measured between the runs of the network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn

from crossres import write
from crossres.inference import Cascade
from crossres.phantom import make_pair
from crossres.physics import Acquisition, degrade, project
from crossres.reproduction.records import write_summary
from crossres.volume import Grid
from crossres.weights import load_weights

SHAPE, FACTORS = (240, 240, 155), (4, 4, 1)
REPEATS, GEMM_SIZE = 5, 1536
ROOT = Path(__file__).parents[1]
Measured = dict[str, float]


def enhance_seconds(checkout: Path, words: list[str], output: Path, threads: int) -> Measured:
    """Run ``crossres enhance`` of a checkout, and return its times in s and its memory in GiB.

    Raises:
        CalledProcessError: It failed.
    """
    environment = {
        **os.environ, "PYTHONPATH": str(checkout.absolute() / "src"),
        "OMP_NUM_THREADS": str(threads), "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": str(threads),
    }  # fmt: skip
    line = [sys.executable, "-W", "ignore", "-m", "crossres", "enhance", *words, "--quiet"]
    line += ["--threads", str(threads), "--overwrite", "-o", str(output)]
    start = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawn(sys.executable, line, environment), 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), line)
    parts = json.loads(output.with_name("out.json").read_text())["timings_seconds"]
    return {
        "wall": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_memory_gib": usage.ru_maxrss / 2**20,
        **{name: float(value) for name, value in parts.items() if name != "total"},
    }


def phantom_words(folder: Path) -> list[str]:
    """Write a phantom pair, and return the arguments to enhance it."""
    guide, reference = make_pair(1, shape=SHAPE)
    target = degrade(reference, reference.grid.coarsened(FACTORS))
    for name, volume in (("T2w", target), ("T1w", guide)):
        write(volume, folder / f"{name}.nii.gz")
    factor = ",".join(map(str, FACTORS))
    return [f"{folder / 'T2w.nii.gz'}", "--guide", f"{folder / 'T1w.nii.gz'}", "--factor", factor]


def session_words(session: Path) -> list[str]:
    """Return the arguments to enhance the T2w of a session to 1 mm."""
    target, guide = (next(session.glob(f"*_{name}.nii.gz")) for name in ("T2w", "T1w"))
    return [str(target), "--guide", str(guide), "--spacing", "1"]


def compared(
    versions: dict[str, tuple[Path, list[str]]], rounds: int, threads: int
) -> dict[str, Measured]:
    """Return the fastest run of each version, a checkout and arguments; they take turns."""
    runs: dict[str, list[Measured]] = {name: [] for name in versions}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "out.nii.gz"
        for number in range(rounds):
            for name, (checkout, words) in versions.items():
                runs[name].append(enhance_seconds(checkout, words, output, threads))
                typer.echo(f"round {number + 1}, {name}: {runs[name][-1]}", err=True)
    return {name: min(found, key=lambda run: run["wall"]) for name, found in runs.items()}


def fastest(calls: dict[str, Callable[[], object]], repeats: int = REPEATS) -> Measured:
    """Return the shortest CPU time of each call in s, on this thread; the calls take turns."""
    times = dict.fromkeys(calls, float("inf"))
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.thread_time()
            call()
            times[name] = min(times[name], time.thread_time() - start)
    return times


def operations(network: nn.Module, image: Tensor) -> float:
    """Return the operations of a network's convolutions on an image: two per weight and pixel."""
    counted = []

    def count(module: nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            counted.append(2 * module.weight.numel() * output[:, 0].numel())

    hooks = [module.register_forward_hook(count) for module in network.modules()]
    with torch.no_grad():
        network(image, image)
    for hook in hooks:
        hook.remove()
    return float(sum(counted))


def rates(cascade: Cascade, fine: Grid, coarse: Grid) -> Measured:
    """Return GFLOP/s of network and GEMM on one thread, and ms per slice of each step."""
    acquisition, network = Acquisition(fine, coarse), cascade.ready().networks[0]
    y, a = torch.rand(1, 1, *coarse.shape[:2]), torch.rand(GEMM_SIZE, GEMM_SIZE)
    up = acquisition.upsample(y)
    calls: dict[str, Callable[[], object]] = {
        "gemm": lambda: a @ a,
        "network": lambda: network(up, up),
        "upsample": lambda: acquisition.upsample(y),
        "projection": lambda: project(Acquisition(fine, coarse), up, y),
    }
    with torch.no_grad():
        times = fastest(calls)
    gemm = 2 * GEMM_SIZE**3 / times.pop("gemm")
    reached = operations(cascade.networks[0].eval(), up) / times["network"]
    milliseconds = {f"{name}_ms_per_slice": 1e3 * value for name, value in times.items()}
    speeds = {"network_gflop_s": reached / 1e9, "gemm_gflop_s": gemm / 1e9}
    return {**milliseconds, **speeds, "network_over_gemm": reached / gemm}


def ratios(case: dict[str, Measured]) -> Measured:
    """Return what each quantity is as a share of that before."""
    return {name: case["now"][name] / value for name, value in case["before"].items() if value}


def main(
    before: Annotated[Path | None, typer.Option(help="Checkout of another version.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="Given to this version only.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of a session, thick slices.")] = None,
    weights: Annotated[str, typer.Option(help="Whose network's rate is measured.")] = (
        "t1-t2-axial-x4"
    ),
    rounds: Annotated[int, typer.Option(min=1)] = 1,
    threads: Annotated[int, typer.Option(min=1)] = os.cpu_count() or 1,
    results: Annotated[Path, typer.Option()] = Path("results/speed.json"),
) -> None:
    """Measure the cases and the rates, and write them."""
    cases: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = {"phantom 4x": phantom_words(Path(folder))}
        if data is not None:
            commands["thick to 1 mm"] = session_words(data)
        for name, words in commands.items():
            versions = {"now": (ROOT, [*words, *(option or [])])}
            if before is not None:
                versions = {"before": (before, words), **versions}
            found = compared(versions, rounds, threads)
            cases[name] = {**found, "now_over_before": ratios(found)} if before else found
    torch.set_num_threads(1)
    fine = Grid(SHAPE, torch.eye(4).numpy())
    network = rates(load_weights(weights), fine, fine.coarsened((2, 2, 1)))
    content = {"threads": threads, "weights": weights, "enhance": cases, "network": network}
    write_summary(content, results)
    typer.echo(json.dumps(content, indent=1))


if __name__ == "__main__":
    typer.run(main)
