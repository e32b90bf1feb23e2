"""Compare the outputs of two versions of crossres, byte by byte, on digital phantoms.

    python -m studies.compare_outputs BEFORE AFTER --work FOLDER

``BEFORE`` and ``AFTER`` are checkouts. Each runs ``degrade``, ``enhance`` (one pass, two passes,
guide left out, blend, maps, test-time augmentation), ``train`` (10 steps) and ``cohort`` on the
same phantoms, on one thread. Images are compared as decompressed bytes, weights as tensors, JSON
files by value. What may differ: times, versions, the names of keys and the wording of sentences;
the renamed keys are listed in ``RENAMED``. About 10 minutes on one core.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from safetensors import safe_open

from crossres import make_pair, write
from crossres.physics import degrade
from crossres.volume import Volume

SHAPE, SLICES = (104, 120, 104), (40, 56)
RENAMED = {
    "rehearsal_gain_db": "self_validation_gain_db",
    "weights_beside": "weights_unguided",
    "sharpening": "deblur_noise",
    "rehearsal": "self_validation",
}
FREE = {
    "created", "timings_seconds", "versions", "GeneratedBy", "commit", "commands",
    "warnings", "motion", "meaning", "title", "description", "Description", "verdict", "formula",
    "Name", "acquisition", "data", "results",
}  # fmt: skip
"""Keys whose values are times, versions or prose."""
_RUN = "import sys; from crossres.cli import main; sys.exit(main(sys.argv[1:]))"


def commands() -> dict[str, str]:
    """Return the compared commands by name; words with a slash are paths in the work folder."""
    guided = "enhance in/T2.nii.gz --guide in/T1.nii.gz"
    return {
        "degrade": "degrade in/HR.nii.gz --factor 2,2,1 --noise 5 --seed 3 -o out/LR.nii.gz",
        "blend": f"{guided} --factor 2,2,1 -o out/blend.nii.gz --maps",
        "registered": "enhance in/T2.nii.gz --guide in/moved_T1.nii.gz --factor 2,2,1 "
        "-o out/registered.nii.gz",
        "left-out": "enhance in/T2.nii.gz --guide in/other_T1.nii.gz --no-register --factor 2,2,1 "
        "-o out/left_out.nii.gz",
        "keep-guide": f"{guided} --no-register --factor 2,2,1 --keep-guide -o out/keep.nii.gz",
        "unguided": "enhance in/T2.nii.gz --factor 2,2,1 -o out/unguided.nii.gz",
        "ensemble": "enhance in/T2.nii.gz --factor 2,2,1 --ensemble -o out/ensemble.nii.gz",
        "iterative": "enhance in/T2.nii.gz --factor 2,2,1 --back-projection iterative "
        "--iterations 3 -o out/iterative.nii.gz",
        "two-passes": "enhance in/coarse.nii.gz --guide in/T1.nii.gz --no-register "
        "--factor 2,2,2 -o out/two_passes.nii.gz",
        "thick": "enhance in/thick.nii.gz --guide in/T1.nii.gz --no-register --factor 1,1,3 "
        "-o out/thick.nii.gz",
        "maps": f"{guided} --no-register --factor 2,2,1 --maps -o out/maps.nii.gz",
        "train": "train in/study --factor 2,2,1 --steps 10 --no-register -o out/guided.safetensors",
        "train-paper": "train in/study --factor 2,2,1 --steps 10 --no-register --recipe paper "
        "--guide none -o out/paper.safetensors",
        "train-thick": "train in/thick --factor 1,1,3 --steps 10 --no-register "
        "-o out/thick.safetensors",
        "cohort": "cohort in/study out/derivatives --factor 2,2,1 --maps --no-register",
    }


def draw_inputs(folder: Path) -> None:
    """Write the phantoms that both versions read."""
    folder.mkdir(parents=True, exist_ok=True)
    t1, t2 = make_pair(1, shape=SHAPE, slices=SLICES)
    other, _ = make_pair(2, shape=SHAPE, slices=SLICES)
    grid = t2.grid
    scans = {
        "HR": t2, "T1": t1, "other_T1": other, "moved_T1": _moved(t1),
        "T2": degrade(t2, grid.coarsened((2, 2, 1))),
        "thick": degrade(t2, grid.coarsened((1, 1, 3))),
        "coarse": degrade(t2, grid.coarsened((2, 2, 2))),
    }  # fmt: skip
    for name, volume in scans.items():
        write(volume, folder / f"{name}.nii.gz", overwrite=True)
    _write_studies(folder, t1, scans)


def _moved(volume: Volume) -> Volume:
    affine = volume.grid.affine.copy()
    affine[:3, 3] += (1.5, -2.0, 0.0)
    return volume.with_data(volume.data, type(volume.grid)(volume.grid.shape, affine))


def _write_studies(folder: Path, t1: Volume, scans: dict[str, Volume]) -> None:
    for study, target in (("study", "T2"), ("thick", "thick")):
        for subject in ("sub-01", "sub-02"):
            anat = folder / study / subject / "anat"
            anat.mkdir(parents=True, exist_ok=True)
            write(t1, anat / f"{subject}_T1w.nii.gz", overwrite=True)
            write(scans[target], anat / f"{subject}_T2w.nii.gz", overwrite=True)
        about = {"Name": "Phantoms", "BIDSVersion": "1.10.0"}
        (folder / study / "dataset_description.json").write_text(json.dumps(about))


def run(checkout: Path, folder: Path, words: str) -> None:
    """Run one command of a version in a folder.

    Raises:
        CalledProcessError: It failed.
    """
    # With several threads ITK adds in any order, and its rigid motion varies by 1e-16.
    threads = {"OMP_NUM_THREADS": "1", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1"}
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), **threads}
    line = [sys.executable, "-W", "ignore", "-c", _RUN, *words.split(), "--quiet"]
    subprocess.run(line, cwd=folder, env=environment, check=True, stderr=subprocess.DEVNULL)


def differences(before: Path, after: Path) -> Iterator[str]:
    """Return one line for each output that differs between two folders."""
    files = {
        path.relative_to(root)
        for root in (before, after)
        for path in root.rglob("*")
        if path.is_file() and path.suffix in (".gz", ".json", ".safetensors", ".csv")
    }
    for name in sorted(files):
        one, other = before / name, after / name
        if not (one.exists() and other.exists()):
            yield f"{name}: only {'before' if one.exists() else 'after'}"
        elif name.name != "training.json" and _content(one) != _content(other):
            yield f"{name}: differs"


def _content(path: Path) -> Any:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".json":
        return _normal(json.loads(path.read_text(encoding="utf-8")))
    if path.suffix == ".safetensors":
        return _weights(path)
    return path.read_bytes()


def _weights(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="np") as file:
        tensors = {name: file.get_tensor(name).tobytes() for name in sorted(file.keys())}
        card = json.loads((file.metadata() or {})["crossres-card"])
    return {"tensors": tensors, "card": _normal(card)}


def _normal(value: Any) -> Any:
    """Return JSON values under today's keys, without times, versions and prose."""
    if isinstance(value, dict):
        return {RENAMED.get(k, k): _normal(v) for k, v in value.items() if k not in FREE}
    return [_normal(item) for item in value] if isinstance(value, list) else value


def main(
    before: Annotated[Path, typer.Argument(help="Checkout of the earlier version.")],
    after: Annotated[Path, typer.Argument(help="Checkout of the later version.")],
    work: Annotated[Path, typer.Option(help="Folder for inputs and outputs; reused.")],
    only: Annotated[str, typer.Option(help="Names of commands, with commas.")] = "",
) -> None:
    """Run both versions and list the outputs that differ; exit code 1 where there are any."""
    chosen = only.split(",") if only else list(commands())
    folders = {"before": (work / "before", before), "after": (work / "after", after)}
    draw_inputs(work / "in")
    for folder, checkout in folders.values():
        folder.mkdir(exist_ok=True)
        (folder / "out").mkdir(exist_ok=True)
        if not (folder / "in").exists():
            (folder / "in").symlink_to(work.absolute() / "in")
        for name in chosen:
            done = folder / f"{name}.done"
            if folder.name == "before" and done.exists():
                continue
            for left in (folder / "out").glob("*.train"):
                shutil.rmtree(left)
            run(checkout.absolute(), folder, f"{commands()[name]} --overwrite")
            done.touch()
    found = list(differences(work / "before" / "out", work / "after" / "out"))
    typer.echo("\n".join(found) or f"{len(chosen)} commands: all outputs are the same")
    raise typer.Exit(bool(found))


if __name__ == "__main__":
    typer.run(main)
