"""Clinical scans enhanced to 1 mm across their slices: verdict and checks, geometry and time.

    python -m studies.clinical --data DATA

The pictures are of a sagittal slice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from scipy import ndimage, optimize

from crossres import enhance
from crossres.files import atomic
from crossres.inference import Enhanced, EnhanceSettings
from crossres.io import Case, find_cases
from crossres.physics import Acquisition
from crossres.report import checks_of, comparison, slice_panel, verdict_of
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row
from crossres.types import Array3
from crossres.workflows.enhance import motion
from crossres.workflows.enhance.report import INTERPOLATED

CONTRASTS = ("T2w", "FLAIR")
FRACTION = 0.46
"""Position of the sagittal pictures, as a fraction of the field of view."""


SETTINGS = EnhanceSettings(device="cpu")


def enhanced(case: Case, settings: EnhanceSettings = SETTINGS) -> Enhanced:
    """Enhance a scan to 1 mm across its slices, with the T1w as guide and the shipped weights."""
    return enhance(case.target, case.guide, spacing=1.0, settings=settings)


def offset(image: Array3, other: Array3, reach: float = 2.0) -> tuple[float, float, float]:
    """Return the offset of one image from the other along each axis, voxels.

    It has the least squared difference, with a precision of about a hundredth of a voxel.
    """

    def difference(shift: np.ndarray) -> float:
        return float(np.mean((ndimage.shift(image, shift, order=1, mode="nearest") - other) ** 2))

    found = optimize.minimize(
        difference, np.zeros(3), method="Powell", bounds=[(-reach, reach)] * 3,
        options={"xtol": 1e-2, "ftol": 1e-4, "maxiter": 4},
    ).x  # fmt: skip
    return -float(found[0]), -float(found[1]), -float(found[2])


def row_of(done: Enhanced, name: str) -> Row:
    """Return the measurements of one scan."""
    pair, result = done.pair, done.result
    acquisition = Acquisition(pair.fine, pair.target.grid)
    back = acquisition.forward(torch.from_numpy(result.volume.data)[None, None])[0, 0].numpy()
    away = offset(back, pair.target.data)
    checks = checks_of(done)
    return {
        "scan": name,
        "spacing_before": "x".join(f"{d:.2f}" for d in pair.target.grid.spacing),
        "spacing_after": "x".join(f"{d:.2f}" for d in pair.fine.spacing),
        "weights": done.weights,
        "guide": motion(done),
        "consistency_interpolated": result.consistency.interpolation,
        "consistency": result.consistency.result,
        "off_by_voxels": max(abs(a) for a in away),
        "verdict": verdict_of(done, checks).level,
        **{check.name: check.value for check in checks},
        "failed": ", ".join(check.name for check in checks if not check.passed),
        "warnings": len(done.warnings),
        "seconds": done.timings["total"],
    }


def picture(done: Enhanced) -> bytes:
    """Draw input, cubic interpolation, result and guide of one sagittal slice."""
    volumes = {
        "input": done.pair.target,
        INTERPOLATED: done.result.interpolated,
        "crossres": done.result.volume,
        **({} if done.pair.guide is None else {"guide": done.pair.guide}),
    }
    panels = slice_panel(volumes, "sagittal", fraction=FRACTION)
    return comparison(panels, difference_to=INTERPOLATED)


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/.")],
    results: Annotated[Path, typer.Option()] = Path("results/clinical"),
) -> None:
    """Enhance every T2w and FLAIR."""
    rows: list[Row] = []
    results.mkdir(parents=True, exist_ok=True)
    for contrast in CONTRASTS:
        for case in find_cases(data / "clinical", target=contrast):
            done, name = enhanced(case), f"{case.name}_{contrast}"
            rows.append(row_of(done, name))
            typer.echo(rows[-1])
            with atomic(results / f"{name}.png", overwrite=True) as temporary:
                temporary.write_bytes(picture(done))
    write_rows(rows, results / "clinical.csv")
    write_summary({"threads": torch.get_num_threads(), "rows": rows}, results / "clinical.json")


if __name__ == "__main__":
    typer.run(main)
