"""Options that several verbs share, and how their text is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

DeviceName = Literal["auto", "cpu", "cuda"]

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
        help="Instead: mm; one number is for coarser axes.",
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

    from crossres import inference

    if threads is not None:
        torch.set_num_threads(threads)
    return inference.compute_device(name)
