"""The parts of ``studies/on_a_gpu.sh``: what is measured on a machine with one CUDA GPU.

    python -m studies.on_a_gpu environment --out OUT [--small]

Parts: environment, tests, speed, precision, training. Each writes ``OUT/PART.json``, with the
error instead of the measurements where it fails. Only the standard library is loaded before a part
starts, so that a missing package is reported, not a traceback. ``--small`` runs everything small
on the CPU.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from crossres.inference import Cascade, Example

NEEDED = (
    "torch", "numpy", "scipy", "lazy_loader", "nibabel", "pydicom", "imagecodecs", "SimpleITK",
    "jaxtyping", "pydantic", "safetensors", "typer", "rich", "matplotlib", "jinja2", "beartype",
    "pytest", "hypothesis",
)  # fmt: skip
"""Modules that the parts import; the last three serve the tests alone."""
GPU_TESTS = (
    "tests/training/test_plan.py::test_fit_trains_on_a_gpu",
    "tests/training/test_loop.py::test_resumes_on_another_device",
    "tests/inference/test_blend.py::test_a_gpu_gives_what_a_cpu_gives",
    "tests/reproduction/test_runner.py::test_a_gpu_gives_nearly_the_scores_of_the_cpu",
)
KINDS = {"2x": (2.0, 2.0, 1.0), "4x": (4.0, 4.0, 1.0), "through-plane 5x": (1.0, 1.0, 5.0)}
STEPS = 30_000
"""The schedule ends there; what the time does not allow is left to the next machine."""
WEIGHTS = "t1-t2-axial-x2"
RUN = "gpu"
FIRST_SHAPE = (64, 64, 40)
"""The first volume, which pays for the start of CUDA."""


@dataclass(frozen=True)
class Scale:
    """Sizes of a run: those of the measurement, or of a small one on the CPU."""

    device: str
    shape: tuple[int, int, int]
    slices: int
    training_seconds: float
    patches: dict[str, int]


MEASURE = Scale("cuda", (256, 256, 176), 32, 180.0, {})
SMALL = Scale("cpu", (64, 64, 40), 4, 12.0, {"patch": 16, "batch": 2})


def environment(scale: Scale, out: Path) -> dict[str, Any]:
    """Return versions, the device, and which packages are missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    found: dict[str, Any] = {"python": sys.version.split()[0], "missing": missing}
    found["versions"] = {name: _version(name) for name in NEEDED if name not in missing}
    if "torch" not in missing:
        import torch

        found["cuda"] = torch.cuda.is_available()
        if scale.device == "cuda":
            properties = torch.cuda.get_device_properties(0)
            found["device"] = properties.name
            found["memory_gib"] = properties.total_memory / 2**30
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def tests(scale: Scale, out: Path) -> dict[str, Any]:
    """Run the tests that need a GPU; without one they are skipped."""
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *GPU_TESTS]
    chosen = command if scale.device == "cuda" else command[: -len(GPU_TESTS) + 1]
    done = subprocess.run(chosen, capture_output=True, text=True, check=False)
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped)", done.stdout)}
    return {"code": done.returncode, **counts, "end": (done.stdout + done.stderr)[-2000:]}


def speed(scale: Scale, out: Path) -> dict[str, Any]:
    """Enhance a digital phantom to the shape by each kind of weights, after a small one."""
    import torch

    import crossres as cr

    on_gpu, settings = scale.device == "cuda", cr.EnhanceSettings(device=scale.device)
    found: dict[str, Any] = {"shape": scale.shape}
    for shape in (FIRST_SHAPE, scale.shape):
        guide, reference = cr.make_pair(1, shape=shape, spacing=_spacing(shape))
        for kind, factor in KINDS.items():
            coarse = cr.degrade(reference, reference.grid.coarsened(factor))
            if on_gpu:
                torch.cuda.reset_peak_memory_stats()
            done = cr.enhance(
                coarse, guide, factor=coarse.grid.factors_to(reference.grid),
                contrasts=("T2w", "T1w"), settings=settings,
            )  # fmt: skip
            used = torch.cuda.max_memory_allocated() / 2**30 if on_gpu else None
            found[kind] = {"weights": done.weights, "seconds": done.timings, "gpu_gib": used}
            write(found, out / "speed.json")
    return found


def _spacing(shape: tuple[int, int, int]) -> float:
    """Return the spacing in mm at which a head fills the shape, 1 mm at most of 256 voxels."""
    return max(1.0, 220 / max(shape))


def precision(scale: Scale, out: Path) -> dict[str, Any]:
    """Compare networks in TF32 and bfloat16 with float32: dB against it, PSNR, milliseconds."""
    from crossres.weights import load_weights

    cascade = load_weights(WEIGHTS)
    example, reference = _axial_slices(scale)
    exact, _ = _estimated(cascade, example, scale, "fp32")
    found: dict[str, Any] = {"weights": WEIGHTS, "slices": len(reference)}
    for name in ("fp32", "tf32", "bf16"):
        estimate, seconds = _estimated(cascade, example, scale, name)
        found[name] = {
            "db_against_fp32": _decibel(estimate, exact),
            "psnr": _decibel(estimate, reference),
            "ms_per_slice": 1e3 * seconds / len(reference),
        }
    return found


def _axial_slices(scale: Scale) -> tuple[Example, Tensor]:
    """Return some degraded slices of a digital phantom, and their references on the same scale."""
    import crossres as cr
    from crossres.inference import example_of

    middle = scale.shape[2] // 2
    chosen = (middle - scale.slices // 2, middle + scale.slices // 2)
    guide, reference = cr.make_pair(1, shape=scale.shape, slices=chosen)
    coarse = cr.degrade(reference, reference.grid.coarsened((2, 2, 1)))
    low = example_of(cr.Pair(coarse, reference.grid, guide))
    fine = example_of(cr.Pair(reference, reference.grid, guide))
    ratio = low.target.mean() / fine.target.mean()
    return low, fine.target * ratio


def _estimated(cascade: Cascade, example: Example, scale: Scale, name: str) -> tuple[Tensor, float]:
    """Return the estimate of all slices, and the seconds of the second of two runs."""
    import torch

    from crossres.inference.protocol import enhance_in_batches

    tf32, device = name == "tf32", scale.device
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
    guide = None if example.guide is None else example.guide.to(device)
    chosen = cascade.with_precision("bfloat16") if name == "bf16" else cascade
    used, seconds = chosen.ready(device), 0.0
    with torch.no_grad():
        for _ in range(2):
            start = time.perf_counter()
            estimate = enhance_in_batches(
                used, example.target.to(device), guide, example.coarse, example.fine
            )
            estimate = estimate.cpu()
            seconds = time.perf_counter() - start
    return estimate, seconds


def _decibel(estimate: Tensor, reference: Tensor) -> float | None:
    """Return the PSNR for a peak of the reference's maximum; None for equal images."""
    error = float((estimate - reference).square().mean())
    peak = float(reference.max())
    return None if error == 0 else 10 * math.log10(peak**2 / error)


def training(scale: Scale, out: Path, data: Path | None = None) -> dict[str, Any]:
    """Train the default recipe until the time is up, and return the steps and the loss.

    On the cohort of fold 1, where the data are at hand; else on digital phantoms, which measure the
    rate alone.
    """
    from crossres.training import recipe
    from crossres.training.deadline import OutOfTime, time_limit

    plan = recipe("default", 4.0, steps=STEPS).with_learning(**scale.patches)
    examples, folder = _examples(scale, data), out / "runs" / RUN
    try:
        with time_limit(time.monotonic() + scale.training_seconds):
            plan.fit(examples, folder=folder, device=scale.device)
    except OutOfTime:
        pass
    return {"data": "phantoms" if data is None else "cohort", **_reached(folder)}


def _examples(scale: Scale, data: Path | None) -> list[Example]:
    import crossres as cr
    from crossres.inference import example_of

    if data is not None:
        from crossres.io import find_cases, split_by_name
        from crossres.reproduction.simulated import FOLD_1, low_resolution_examples

        cases, _ = split_by_name(find_cases(data), FOLD_1)
        return low_resolution_examples(cases, 4.0, every=4, register=False)
    guide, reference = cr.make_pair(2, shape=scale.shape)
    coarse = cr.degrade(reference, reference.grid.coarsened((4, 4, 1)))
    return [example_of(cr.Pair(coarse, reference.grid, guide), every=2)]


def _reached(folder: Path) -> dict[str, Any]:
    import torch

    path = folder / "stage-1.pt"
    state = torch.load(path, weights_only=True, map_location="cpu")["state"]
    rate = state["step"] / state["seconds"]
    end = state["losses"][-1] if state["losses"] else None
    return {"checkpoint": str(path), "steps": state["step"], "steps_per_s": rate, "loss": end}


PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "environment": environment, "tests": tests, "speed": speed, "precision": precision,
    "training": training,
}  # fmt: skip


def measured(part: str, scale: Scale, out: Path, data: Path | None = None) -> dict[str, Any]:
    """Run a part and write its file; an error is part of it."""
    start = time.perf_counter()
    given = {"data": data} if part == "training" else {}
    try:
        content = PARTS[part](scale, out, **given)
    except Exception as error:
        content = {"error": f"{type(error).__name__}: {error}"}
    content |= {"part": part, "device": scale.device, "seconds": time.perf_counter() - start}
    write(content, out / f"{part}.json")
    return content


def write(content: dict[str, Any], path: Path) -> None:
    """Write what was measured so far."""
    path.write_text(json.dumps(content, indent=1, default=str) + "\n")


def main(words: list[str]) -> int:
    """Run one part; the exit status is 1 where it failed."""
    parser = argparse.ArgumentParser(prog="python -m studies.on_a_gpu", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="cohort to train on; phantoms without it")
    parser.add_argument("--small", action="store_true")
    given = parser.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    scale = SMALL if given.small else MEASURE
    content = measured(given.part, scale, given.out, given.data)
    print(json.dumps(content, default=str)[:1500], flush=True)
    return int("error" in content or bool(content.get("code")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
