"""Options that several commands share, and the parsing of their text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from crossres.cli.completion import complete_device, complete_weights
from crossres.cli.panels import (
    ACQUISITION,
    DEVICE,
    FILES,
    GENERAL,
    GRID,
    GUIDE,
    NETWORKS,
    REPORTS,
)
from crossres.inference.settings import DEVICES, LARGEST_SEED

_AXES = (
    "Three numbers for the voxel axes i, j, k of the file, or one for the two axes in the plane "
    "(those of most similar spacing; of an isotropic scan the axial plane)."
)

Factor = Annotated[
    str | None,
    typer.Option(
        "--factor",
        metavar="4,4,1",
        rich_help_panel=GRID,
        help=f"Fine voxels per voxel. {_AXES}",
    ),
]
Spacing = Annotated[
    str | None,
    typer.Option(
        "--spacing",
        metavar="1,1,4",
        rich_help_panel=GRID,
        help="Instead: voxel size in mm; one number is for every coarser axis.",
    ),
]
Series = Annotated[
    str | None,
    typer.Option(
        "--series",
        metavar="TEXT",
        rich_help_panel=FILES,
        help="Series of a DICOM folder: its description, part of it, or the end of its UID.",
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT.nii.gz",
        rich_help_panel=FILES,
        help="The file to make: .nii.gz, .nii, .mgz or .nrrd.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", rich_help_panel=FILES, help="Replace outputs that exist."),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=LARGEST_SEED,
        rich_help_panel=GENERAL,
        help="Seed of everything random.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar=DEVICES,
        autocompletion=complete_device,
        rich_help_panel=DEVICE,
        help="Where the networks run.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads", min=1, rich_help_panel=DEVICE, help="Processor threads; all by default."
    ),
]
Trust = Annotated[
    Literal["sform", "qform"] | None,
    typer.Option(
        "--trust",
        rich_help_panel=ACQUISITION,
        help="Where sform and qform of a NIfTI file differ: the one that is right.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", rich_help_panel=GENERAL, help="No progress and no summary."),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        rich_help_panel=GENERAL,
        help="Print one JSON document on stdout, and nothing else there.",
    ),
]
NoRegister = Annotated[
    bool,
    typer.Option(
        "--no-register",
        rich_help_panel=GUIDE,
        help="Trust the headers: guide and target are aligned.",
    ),
]
WeightsName = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="NAME|FILE",
        autocompletion=complete_weights,
        rich_help_panel=NETWORKS,
        help="By default chosen by the factor. Two with a comma for three axes, plane first.",
    ),
]
WithReport = Annotated[
    bool, typer.Option("--report", rich_help_panel=REPORTS, help="Also make an HTML report.")
]
WithMaps = Annotated[
    bool,
    typer.Option(
        "--maps",
        rich_help_panel=REPORTS,
        help="Also make maps, for `crossres view` and other viewers.",
    ),
]


def examples(*lines: str) -> str:
    """Return the section of examples at the end of the help of a command.

    Args:
        lines: Commands.

    Returns:
        Markup of rich.
    """
    return "\n".join(["[bold]Examples[/bold]", *(f"  {line}" for line in lines)])


def numbers(text: str, parameter: str, example: str = "4,4,1") -> tuple[float, ...]:
    """Return numbers that are separated by commas.

    Args:
        text: Such as ``4,4,1``.
        parameter: Name of the parameter, for the error.
        example: A text that is right, for the error.

    Returns:
        The numbers.

    Raises:
        SettingsError: The text holds something else.
    """
    from crossres.types import SettingsError

    try:
        return tuple(float(part) for part in text.replace("x", ",").split(","))
    except ValueError as error:
        raise SettingsError(
            f"`{parameter}` {text!r} is not a list of numbers; give such as {example}"
        ) from error


def optional_numbers(text: str | None, parameter: str) -> tuple[float, ...] | None:
    """Return numbers where there is a text, as :func:`numbers`.

    Args:
        text: Such as ``4,4,1``, or None.
        parameter: Name of the parameter, for the error.

    Returns:
        The numbers, or None.

    Raises:
        SettingsError: The text holds something else.
    """
    return None if text is None else numbers(text, parameter)


def checked_resolution(
    factor: str | None, spacing: str | None
) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Return factor and spacing as numbers, after the checks that need no scan.

    Args:
        factor: Such as ``4,4,1``, or None.
        spacing: Such as ``1,1,4``, or None.

    Returns:
        The numbers of each, or None; both None leave the grid open.

    Raises:
        SettingsError: The texts hold something else, or what no scan allows.
    """
    from crossres.volume.target_grid import check_resolution

    found = optional_numbers(factor, "factor"), optional_numbers(spacing, "spacing")
    if found != (None, None):
        check_resolution(*found)
    return found


def weights_names(text: str | None) -> tuple[str, ...]:
    """Return the names or files of weights in a text, which are separated by commas.

    Args:
        text: One name or file, several with commas, or None.

    Returns:
        The names; none for the shipped weights.
    """
    if text is None:
        return ()
    from crossres.weights.choose import split_weights

    return split_weights(text)


def set_threads(threads: int | None) -> None:
    """Limit the processor threads of torch.

    Args:
        threads: At least 1; None for all.
    """
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


def check_maps(guide_influence: bool, maps: bool) -> None:
    """Refuse the influence of the guide without maps.

    Args:
        guide_influence: Whether it is required.
        maps: Whether maps are required.

    Raises:
        SettingsError: It is required and maps are not.
    """
    from crossres.types import SettingsError

    if guide_influence and not maps:
        raise SettingsError("`guide_influence` is a map; add `maps`")
