"""Do the intervals of the predicted error contain the error? Coverage and rank correlation.

    OMP_NUM_THREADS=1 python -m studies.calibration --data DATA
    python -m studies.collect results/calibration
    python -m studies.calibration --data DATA --picture

Scans on which neither weights nor constants were fitted are degraded, enhanced, and compared with
the truth in the head (:func:`crossres.volume.foreground_mask` of the truth). The truth of real
scans is the measured scan, with its noise; that of simulated heads is the simulated scan, with
noise of 1 % of the white matter. The oracle ranks voxels by the RMS of the true errors in their
neighbourhood of 3 x 3 voxels, with the voxel itself and without it: no prediction that varies as
smoothly ranks them better.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from scipy import ndimage, stats
from studies.error_cases import SETTINGS, ErrorCase, cases, scored_voxels

from crossres.files import atomic
from crossres.inference import EnhanceSettings
from crossres.inference.settings import PlaneProfileName
from crossres.inference.slicing import slice_orders
from crossres.report import default_style, png
from crossres.reproduction.records import commit, read_rows, write_rows, write_summary
from crossres.reproduction.scoring import Row
from crossres.types import CrossresError
from crossres.volume import intensity_scale

BINS = 10
SIDE = 3
"""Voxels along each side of the oracle's neighbourhood."""

_ENDS = ("predicted", "error")

Values = NDArray[np.float64]


def reliability(predicted: Values, error: Values, bins: int = BINS) -> list[tuple[float, float]]:
    """Return RMS prediction and error of bins of equal size, voxels sorted by prediction."""
    parts = np.array_split(np.argsort(predicted), bins)
    return [(_rms(predicted[part]), _rms(error[part])) for part in parts]


def _rms(values: Values) -> float:
    return float(np.sqrt(np.mean(values**2)))


def coverage(predicted: Values, error: Values, quantile: float) -> Row:
    """Return the share of errors within the intervals: everywhere, and in the outer tenths."""
    within = np.abs(error) <= quantile * predicted
    low, high = np.quantile(predicted, (0.1, 0.9))
    return {
        "coverage": float(within.mean()),
        "coverage_worst_tenth": float(within[predicted >= high].mean()),
        "coverage_best_tenth": float(within[predicted <= low].mean()),
    }


def oracles(error: Values) -> dict[str, Values]:
    """Return the local RMS of errors in slices along k, with the voxel itself and without."""
    squares, count = error**2, SIDE**2
    mean = ndimage.uniform_filter(squares, (SIDE, SIDE, 1))
    others = (mean * count - squares).clip(0) / (count - 1)
    return {"oracle": np.sqrt(mean.clip(0)), "oracle_of_others": np.sqrt(others)}


def measured(case: ErrorCase, settings: EnhanceSettings = SETTINGS, *, guided: bool) -> Row:
    """Return the row of a case.

    Raises:
        CrossresError: A scan that is too small to be degraded further.
    """
    enhanced, reference = case.enhanced(guided=guided, settings=settings)
    start = time.perf_counter()
    found, done = enhanced.predicted_error, enhanced.passes[-1]
    seconds = time.perf_counter() - start
    if found is None:
        raise CrossresError(f"{case.name} is too small to be degraded further")
    cut = slice_orders(done.pair.target.grid, done.pair.fine)[0]
    scale = intensity_scale(done.pair.target.data)
    away = (done.result.volume.data - reference.data).astype(np.float64) / scale
    inside = scored_voxels(reference, margins=not case.in_plane)
    error, predicted = away[inside], found.volume.data[inside].astype(np.float64) / scale
    ordered = reference.with_data(away.astype(np.float32)).reordered(*cut).data.astype(np.float64)
    where = reference.with_data(inside.astype(np.float32)).reordered(*cut).data > 0
    ranks = {"rank_correlation": _rank(predicted, error)}
    ranks |= {name: _rank(v[where], ordered[where]) for name, v in oracles(ordered).items()}
    bins = reliability(predicted, error)
    return {
        "kind": case.kind, "guided": guided, "source": case.name,
        "truth": "measured" if case.measured else "simulated",
        **coverage(predicted, error, found.quantile), **ranks, "quantile": found.quantile,
        "rms_error": _rms(error), "rms_predicted": _rms(predicted),
        "seconds": enhanced.timings["total"], "seconds_predicted": seconds,
        **{f"predicted_{n}": f"{one:.3g}" for n, (one, _) in enumerate(bins)},
        **{f"error_{n}": f"{one:.3g}" for n, (_, one) in enumerate(bins)},
    }  # fmt: skip


def _rank(predicted: Values, error: Values) -> float:
    return float(stats.spearmanr(predicted, np.abs(error)).statistic)


@default_style()
def draw(rows: Sequence[Row], path: Path) -> None:
    """Draw RMS error over predicted error, on equal logarithmic axes, with the line of equality."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 5.5), dpi=120, layout="constrained")
    axes = figure.add_subplot(
        xlabel="predicted error, share of the scan's scale",
        ylabel="RMS error, share of the scan's scale", xscale="log", yscale="log",
    )  # fmt: skip
    kinds = list(dict.fromkeys(str(row["kind"]) for row in rows))
    labelled: set[str] = set()
    for row in rows:
        kind = str(row["kind"])
        points = [[float(str(row[f"{end}_{n}"])) for n in range(BINS)] for end in _ENDS]
        axes.plot(
            *points, marker=".", color=f"C{kinds.index(kind)}", alpha=0.6, linewidth=1,
            label=None if kind in labelled else kind,
        )  # fmt: skip
        labelled.add(kind)
    axes.plot([3e-3, 0.3], [3e-3, 0.3], color="grey", linestyle="--", label="error = prediction")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    with atomic(path, overwrite=True) as temporary:
        temporary.write_bytes(png(figure))


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    kept: Annotated[Path | None, typer.Option(help="Folder of motions found before.")] = None,
    results: Annotated[Path, typer.Option()] = Path("results/calibration"),
    guided: Annotated[bool, typer.Option("--guided/--unguided", help="With the guide.")] = True,
    only: Annotated[str, typer.Option(help="Kinds of cases that begin so.")] = "",
    profile: Annotated[PlaneProfileName, typer.Option(help="Of the voxels in the plane.")] = (
        "gaussian"
    ),
    picture: Annotated[bool, typer.Option("--picture", help="Draw collected runs only.")] = False,
) -> None:
    """Enhance every held-out scan, and compare predicted and true errors."""
    torch.set_num_threads(1)
    if picture:
        results.mkdir(parents=True, exist_ok=True)
        known = read_rows(results.with_suffix(".csv"))
        draw([{**row} for row in known if row["guided"] == "True"], results / "guided.png")
        return
    rows: list[Row] = []
    for case in cases(data, kept, held_out=True):
        if case.kind.startswith(only):
            rows.append(measured(case, replace(SETTINGS, plane_profile=profile), guided=guided))
            typer.echo(" ".join(_text(value) for value in list(rows[-1].values())[:13]))
    words = ["guided" if guided else "unguided", *only.replace(",", "").split()]
    words += [profile] * (profile != SETTINGS.plane_profile)
    write_rows(rows, results / f"{'-'.join(words)}.csv")
    content: Row = {"made": commit(), "scans": len(rows), **_ends(rows)}
    write_summary(content, results / f"{'-'.join(words)}.json")


def _text(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _ends(rows: Sequence[Row]) -> Row:
    """Return the least and the largest coverage and rank correlation."""
    columns = ("coverage", "coverage_worst_tenth", "rank_correlation")
    values = {name: [float(str(row[name])) for row in rows] for name in columns}
    return {name: [min(column), max(column)] for name, column in values.items()}


if __name__ == "__main__":
    typer.run(main)
