"""Draw one held-out subject of fold 1 with a network that ``quality`` trained.

python -m studies.figure --data DATA/cohort --name x4-guided --factor 4
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from studies.quality import NETWORKS

from crossres.files import atomic
from crossres.inference import Cascade, super_resolve
from crossres.io import find_cases
from crossres.metrics import psnr
from crossres.report import Window
from crossres.report.pictures import comparison
from crossres.report.slices import slice_panel
from crossres.reproduction.simulated import FOLD_1, Simulated, simulate
from crossres.training import RecipeName, recipe
from crossres.volume import Volume, foreground_mask


def cascade_of(run: Path, factor: float, name: RecipeName = "default") -> Cascade:
    """Return the cascade of a finished run of a guided recipe."""
    return recipe(name, factor).restored(torch.load(run / NETWORKS, weights_only=True), factor)


def draw(cascade: Cascade, simulated: Simulated, fraction: float) -> bytes:
    """Draw input, bicubic, result, guide and reference of one axial slice."""
    result = super_resolve(cascade, simulated.pair)
    assert simulated.pair.guide is not None  # such recipes are guided
    volumes = {
        "input": simulated.pair.target,
        "bicubic": result.interpolated,
        "crossres": result.volume,
        "guide": simulated.pair.guide,
        "reference": simulated.reference,
    }
    panels = slice_panel(volumes, "axial", fraction=fraction)
    captions = {n: _caption(volumes[n], simulated, fraction) for n in ("bicubic", "crossres")}
    guide, target = (tissue_window(volumes[n]) for n in ("guide", "reference"))
    windows = {name: guide if name == "guide" else target for name in volumes}
    return comparison(panels, difference_to="reference", captions=captions, windows=windows)


def tissue_window(volume: Volume) -> Window:
    """Return the grey window of a skull-stripped brain: 1st percentile, and median + 3 IQR.

    Quartiles, since a bright tumour of a twentieth of the brain sets any high percentile.
    """
    brain = volume.data[foreground_mask(volume.data)]
    low, lower, median, upper = np.percentile(brain, (1, 25, 50, 75))
    return float(low), float(median + 3 * (upper - lower))


def _caption(volume: Volume, simulated: Simulated, fraction: float) -> str:
    """Return the PSNR of the slice that is shown."""
    size = volume.grid.shape[2]
    index = min(int(fraction * size), size - 1)
    slices = (
        torch.from_numpy(v.data[:, :, index])[None, None] for v in (volume, simulated.reference)
    )
    peak = float(simulated.reference.data.max())
    return f"{float(psnr(*slices, data_range=peak, mask=None)):.2f} dB"


def main(
    data: Annotated[Path, typer.Option(help="Folder with the co-registered cohort (BIDS).")],
    name: Annotated[str, typer.Option(help="Name of the run.")],
    factor: Annotated[float, typer.Option()],
    recipe_name: Annotated[RecipeName, typer.Option("--recipe")] = "default",
    case: Annotated[str, typer.Option(help="Test subject.")] = FOLD_1[1],
    fraction: Annotated[float, typer.Option(help="Height of the slice, 0-1.")] = 0.52,
    runs: Annotated[Path, typer.Option()] = Path("runs"),
    out: Annotated[Path, typer.Option()] = Path("docs/figures"),
) -> None:
    """Enhance one slice of a test subject and draw it beside bicubic and the reference."""
    chosen = next(c for c in find_cases(data) if c.name == case)
    cascade = cascade_of(runs / name, factor, recipe_name)
    picture = draw(cascade, simulate(chosen, factor, every=12), fraction)
    out.mkdir(parents=True, exist_ok=True)
    with atomic(out / f"{name}.png", overwrite=True) as temporary:
        temporary.write_bytes(picture)


if __name__ == "__main__":
    typer.run(main)
