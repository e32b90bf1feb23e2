"""Options that several verbs share, and how their text is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from crossres.physics import BackProjection

DeviceName = Literal["auto", "cpu", "cuda"]
Kind = Literal["card", "exact", "iterative", "none"]

_PLANE = (
    "Three numbers for the voxel axes i, j, k of the file, or one for the two axes in the plane. "
    "The plane is the two axes of most similar spacing; of an isotropic scan the axial one."
)

Factor = Annotated[
    str | None,
    typer.Option("--factor", metavar="4,4,1", help=f"Fine voxels per voxel. {_PLANE}"),
]
Spacing = Annotated[
    str | None,
    typer.Option(
        "--spacing",
        metavar="1,1,4",
        help="Instead: mm; one number is for every coarser axis.",
    ),
]
Series = Annotated[
    str | None,
    typer.Option(
        "--series",
        metavar="TEXT",
        help="Which series of a DICOM folder: its description, part of it, or the end of its UID.",
    ),
]
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="OUT.nii.gz", help="The file to make.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.")]
Device = Annotated[DeviceName, typer.Option("--device", help="Where the networks run.")]
AnyDevice = Annotated[
    str,
    typer.Option(
        "--device", metavar="auto|cpu|cuda|cuda:0", help="Where the networks run; also cuda:1 etc."
    ),
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="Processor threads; all by default.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
NoRegister = Annotated[
    bool, typer.Option("--no-register", help="Trust the headers: guide and target are aligned.")
]
WeightsName = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="NAME|FILE",
        help="By default chosen by the factor; of all three axes two with a comma, plane first.",
    ),
]
Agreement = Annotated[
    Kind, typer.Option("--back-projection", help="How the result is made to agree with the scan.")
]
Iterations = Annotated[
    int, typer.Option("--iterations", min=1, help="Of the iterative back-projection.")
]
Noise = Annotated[
    float, typer.Option("--noise", min=0, help="Of the exact one: trust a noisy scan less.")
]
Ensemble = Annotated[
    bool,
    typer.Option("--ensemble", help="Mean over eight flips and turns: better, 8 times slower."),
]
KeepGuide = Annotated[
    bool,
    typer.Option("--keep-guide", help="The guided weights alone, even where others do better."),
]
WithMaps = Annotated[
    bool, typer.Option("--maps", help="Also make maps, for `crossres view` and other viewers.")
]
WithEvidence = Annotated[
    bool,
    typer.Option(
        "--evidence",
        help="With --maps: how sure the networks are, and what the guide did; 9 times slower.",
    ),
]
Batch = Annotated[
    int | None, typer.Option("--batch", min=1, help="Slices at a time; to suit the device.")
]


def examples(*lines: str) -> str:
    """Return the section of examples that ends a verb's help."""
    return "\n".join(["[bold]Examples[/bold]", *(f"  {line}" for line in lines)])


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Read numbers separated by commas.

    Raises:
        SettingsError: Anything else.
    """
    from crossres.types import SettingsError

    try:
        return tuple(float(part) for part in text.replace("x", ",").split(","))
    except ValueError as error:
        raise SettingsError(
            f"{option} {text!r} is not numbers separated by commas; give such as 4,4,1"
        ) from error


def optional_numbers(text: str | None, option: str) -> tuple[float, ...] | None:
    """Read numbers where there are any."""
    return None if text is None else numbers(text, option)


def compute_device(name: str, threads: int | None = None) -> str:
    """Return the device to compute on, and set the number of threads.

    Raises:
        SettingsError: No device has that name, or CUDA is asked for and not there.
    """
    import torch

    from crossres.inference import single_pass as inference

    if threads is not None:
        torch.set_num_threads(threads)
    return inference.compute_device(name)


def with_maps(evidence: bool, maps: bool) -> bool:
    """Return whether evidence is wanted.

    Raises:
        SettingsError: It is, but there would be no maps to put it in.
    """
    from crossres.types import SettingsError

    if evidence and not maps:
        raise SettingsError("--evidence is a pair of maps; add --maps")
    return evidence


def agreement(kind: Kind, iterations: int, noise: float) -> BackProjection | None:
    """Return what was asked for; None for what the weights' card says.

    Raises:
        SettingsError: A number that belongs to another kind.
    """
    from crossres.physics import BackProjection
    from crossres.types import SettingsError

    if (noise and kind != "exact") or (iterations > 1 and kind != "iterative"):
        raise SettingsError(
            "--noise goes with --back-projection exact, --iterations with iterative; add that"
        )
    return None if kind == "card" else BackProjection(kind, iterations, noise)
