"""Does the standard deviation over the self-ensemble predict the error? A reliability plot.

python -m studies.calibration --data DATA --factor 4
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from scipy import stats
from studies.blended import SUFFIX, blend_of
from studies.sources import unseen

from crossres.files import atomic
from crossres.inference import super_resolve_with_deviation
from crossres.report import default_style, png
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, for_case
from crossres.volume import brain_or_head_mask, intensity_scale
from crossres.weights import load_weights, read_card

BINS = 10

Values = NDArray[np.float64]


def reliability(deviation: Values, error: Values, bins: int = BINS) -> list[Row]:
    """Sort voxels by deviation into bins of equal size; return RMS deviation and error of each."""
    order = np.argsort(deviation)
    return [
        {
            "deviation": float(np.sqrt(np.mean(deviation[part] ** 2))),
            "error": float(np.sqrt(np.mean(error[part] ** 2))),
        }
        for part in np.array_split(order, bins)
    ]


@default_style()
def draw(found: dict[str, list[Row]], path: Path) -> None:
    """Draw RMS error over deviation, on equal logarithmic axes, with the line of equality."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5.5), dpi=120, layout="constrained")
    axes = figure.add_subplot(
        xlabel="standard deviation over the self-ensemble, share of the scan's scale",
        ylabel="RMS error, share of the scan's scale", xscale="log", yscale="log",
    )  # fmt: skip
    for name, rows in found.items():
        points = [(float(str(r["deviation"])), float(str(r["error"]))) for r in rows]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    ends = [1e-3, 0.3]
    axes.plot(ends, ends, color="grey", linestyle="--", label="error = deviation")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    with atomic(path, overwrite=True) as temporary:
        temporary.write_bytes(png(figure))


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/ and labels/.")],
    factor: Annotated[int, typer.Option(help="In-plane factor of shipped weights.")],
    every: Annotated[int, typer.Option(help="Keep every n-th axial slice.")] = 8,
    results: Annotated[Path, typer.Option()] = Path("results/calibration"),
    blend: Annotated[
        bool, typer.Option("--blend", help="Blend with the unguided weights of their kind.")
    ] = False,
) -> None:
    """Enhance unseen scans with the self-ensemble, and compare deviation and error."""
    name = f"t1-t2-axial-x{factor}"
    cascade = blend_of(name) if blend else load_weights(name)
    found, correlation = {}, {}
    for source in unseen(data):
        simulated = source.simulate(factor, every=every)
        enhancer = for_case(cascade, simulated)
        result, map_ = super_resolve_with_deviation(enhancer, simulated.pair)
        reference, scale = simulated.reference.data, intensity_scale(simulated.pair.target.data)
        inside = brain_or_head_mask(reference)
        error = np.abs(result.volume.data - reference)[inside] / scale
        deviation = map_.data[inside].astype(np.float64) / scale
        found[source.name] = reliability(deviation, error.astype(np.float64))
        correlation[source.name] = float(stats.spearmanr(deviation, error).statistic)
        typer.echo(f"{source.name}: rank correlation {correlation[source.name]:.2f}")
    rows = [{"source": s, "bin": n, **row} for s, r in found.items() for n, row in enumerate(r)]
    kept = f"{name}{SUFFIX * blend}"
    write_rows(rows, results / f"{kept}.csv")
    content: Row = {"made": read_card(name).commit, "rank_correlation": correlation}
    write_summary(content, results / f"{kept}.json")
    draw(found, results / f"{kept}.png")


if __name__ == "__main__":
    typer.run(main)
