"""crossres degrade: a low-resolution scan from a finer one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossres.cli.messages import warn
from crossres.cli.options import (
    Output,
    Overwrite,
    Quiet,
    Seed,
    Series,
    Trust,
    examples,
    numbers,
)
from crossres.cli.panels import ACQUISITION, GRID
from crossres.inference.settings import SliceProfileName

if TYPE_CHECKING:
    from crossres.volume import Grid

EXAMPLES = examples(
    "crossres degrade HR.nii.gz --factor 2,2,1 -o LR.nii.gz",
    "crossres degrade HR.nii.gz --factor 4 --noise 12 --seed 1 -o LR.nii.gz",
    "crossres degrade HR.nii.gz --factor 1,1,4 --slice-thickness 3 -o LR.nii.gz",
)

_FORMULA = (
    "y = A x, per axis A[m, n] = w(c_m - f_n) / sum_n' w(c_m - f_n'), "
    "{}, f and c the fine and coarse voxel centres in mm, voxel edges shared"
)
_WEIGHTS = {
    "gaussian": "w(d) = exp(-4 ln 2 (d / FWHM)^2)",
    "slab": "w a rectangle of width FWHM, convolved with a Gaussian of a quarter of its width",
}
_NOISE = "Rician: |y + n1 + i n2|, n1 and n2 Gaussian"


def degrade(
    reference: Annotated[
        Path,
        typer.Argument(metavar="HR.nii.gz", help="The finer scan, or a folder of DICOM files."),
    ],
    factor: Annotated[
        str,
        typer.Option(
            "--factor",
            metavar="2,2,1",
            help="Ratio of voxel sizes: three numbers for i, j, k, or one for the plane.",
            rich_help_panel=GRID,
        ),
    ],
    output: Output,
    series: Series = None,
    slice_thickness: Annotated[
        float | None,
        typer.Option(
            "--slice-thickness",
            metavar="MM",
            help="Thickness of the slices, where one axis gets coarser; their distance by default.",
            rich_help_panel=ACQUISITION,
        ),
    ] = None,
    slice_profile: Annotated[
        SliceProfileName,
        typer.Option(
            "--slice-profile", help="Shape of the slice profile.", rich_help_panel=ACQUISITION
        ),
    ] = "gaussian",
    noise: Annotated[
        float,
        typer.Option(
            "--noise",
            min=0,
            help="Standard deviation of the noise to add, in intensities of the scan.",
            rich_help_panel=ACQUISITION,
        ),
    ] = 0.0,
    trust: Trust = None,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a low-resolution scan from a finer one.

    Prints the formula and its parameters, and writes them to a JSON file beside the scan.
    """
    from crossres.cli.tables import facts
    from crossres.files import check_outputs, sha256, staged, write_json
    from crossres.files.outputs import beside
    from crossres.io import check_place, find_input, write
    from crossres.physics import degrade as simulate
    from crossres.report import versions
    from crossres.volume import background_of, coarse_grid

    paths, factors = [output, beside(output, ".json")], numbers(factor, "factor")
    check_outputs(paths, overwrite=overwrite, inputs=(reference,))
    scan = find_input(reference, series, parameter="series")
    fine = scan.read(trust=trust)
    check_place(fine, output)
    warn(background_of(fine.data).notes("the scan"))
    coarse = coarse_grid(
        fine.grid, factor=factors,
        slice_thickness=slice_thickness, slice_profile=slice_profile,
    )  # fmt: skip
    settings = _settings(fine.grid, coarse, noise, seed)
    coarser = simulate(fine, coarse, noise=noise, seed=seed)
    warn(scan.changes())
    with staged(paths, overwrite=overwrite) as files:
        write(coarser, files[0])
        result = {"file": output.name, "sha256": sha256(files[0])}
        content = {"input": scan.fingerprint(), "result": result, **settings}
        write_json({**content, "versions": versions()}, files[1])
    rows = {"voxels": _obtained(fine.grid, coarse), **_readable(settings)}
    facts("Degraded", rows, files=paths, quiet=quiet)


def _settings(fine: Grid, coarse: Grid, noise: float, seed: int) -> dict[str, object]:
    """Return the formula of the simulated acquisition and its parameters.

    Thickness and distance of the slices have the names of BIDS, and the profiles a name of that
    form: by these they are read again.
    """
    from crossres.io.stated_profile import KEY
    from crossres.volume import through_plane_axis
    from crossres.volume.size_text import rounded

    changed = [c < f for c, f in zip(coarse.shape, fine.shape, strict=True)]
    fwhm = [w if blurred else 0.0 for w, blurred in zip(coarse.fwhm, changed, strict=True)]
    across = through_plane_axis(coarse) if changed.count(True) != 1 else changed.index(True)
    thickness, distance = rounded((coarse.fwhm[across], coarse.spacing[across]))
    return {
        "SliceThickness": thickness,
        "SpacingBetweenSlices": distance,
        KEY: [
            one.shape if coarser or one.stated else None
            for one, coarser in zip(coarse.profiles, changed, strict=True)
        ],
        "formula": _FORMULA.format(_WEIGHTS[coarse.profiles[across].shape]),
        "profile": coarse.profiles[across].shape,
        "fwhm_mm": rounded(fwhm),
        "factors": rounded(coarse.factors_to(fine)),
        "fine_shape": fine.shape,
        "fine_spacing_mm": rounded(fine.spacing),
        "coarse_shape": coarse.shape,
        "coarse_spacing_mm": rounded(coarse.spacing),
        "noise": {"kind": _NOISE, "standard_deviation": noise, "seed": seed} if noise else None,
    }


def _obtained(fine: Grid, coarse: Grid) -> str:
    """Return the factors obtained, which whole numbers of voxels can change, in words."""
    axes = list(zip("ijk", fine.shape, coarse.shape, coarse.spacing, fine.spacing, strict=True))
    changed = [each for each in axes if each[1] != each[2]]
    if len(changed) == 1:
        _, before, after, distance, finer = changed[0]
        return f"{before} slices became {after}, {distance / finer:.3g} times as far apart"
    return "; ".join(
        f"{before} along {axis} became {after}, {size / finer:.3g} times larger"
        for axis, before, after, size, finer in changed
    )


def _readable(settings: dict[str, object]) -> dict[str, str]:
    """Return the settings as text, with rounded numbers."""
    from crossres.io.stated_profile import KEY

    def text(value: object) -> str:
        if isinstance(value, list | tuple):
            return " x ".join(f"{v:.4g}" for v in value)
        if isinstance(value, dict):
            return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in value.items())
        return "none" if value is None else str(value)

    return {name.replace("_", " "): text(v) for name, v in settings.items() if name != KEY}
