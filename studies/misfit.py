"""Guides that do not fit: does self-validation decide well when to leave the guide out?

    python -m studies.misfit --data DATA --factor 4

Each scan is degraded and enhanced with its own guide (registered, and aligned by its header), with
that guide moved by 3 mm along each axis, with the guide of another subject, and without one. The
table has the gains over whole slices and in the eroded brain mask (4 mm), and the gains of the
self-validation. The latter uses no reference and decides: the guide is left out, or guided and
unguided weights are blended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from scipy import ndimage
from studies.sources import Source, clinical_sources

from crossres.inference import Blend, Cascade, Enhancer, self_validate
from crossres.inference.guide_intensity import fitted_to_guide
from crossres.io import find_cases
from crossres.registration import Aligned, resample
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, score_case, summarise
from crossres.reproduction.simulated import FOLD_1, Simulated, thinned
from crossres.volume import Pair, Volume
from crossres.weights import load_weights, read_card

SHIFT_MM = 3.0


def moved(guide: Volume, millimetres: float) -> Volume:
    """Return the image moved along each of its axes, on the same grid."""
    steps = [millimetres / d for d in guide.grid.spacing]
    return guide.with_data(ndimage.shift(guide.data, steps, order=1, mode="nearest"))


def simulated_with(
    source: Source, other: Source, factor: float, every: int
) -> dict[str, Simulated]:
    """Return the scan with its own guide, with that moved, and with another subject's.

    The own guide is registered (with the rim of a shared mask kept, and moved), and aligned by its
    header. That of another subject is aligned by its header.
    """
    assert source.case is not None  # files, whose guides can be exchanged
    assert other.case is not None
    paired, reference = source.paired(factor)
    own = replace(thinned(paired.pair, reference, every), detail=paired.detail)
    assert own.pair.guide is not None
    shifted = replace(own.pair, guide=moved(own.pair.guide, SHIFT_MM))
    swapped = replace(source, case=replace(source.case, guide=other.case.guide))
    return {
        "own": own,
        "own, rim and all": replace(own, pair=thinned(_rim_and_all(paired), reference, every).pair),
        "own, not registered": source.simulate(factor, every=every, register=False),
        f"moved by {SHIFT_MM:g} mm": replace(own, pair=shifted),
        "another subject's": swapped.simulate(factor, every=every, register=False),
    }


def _rim_and_all(paired: Aligned) -> Pair:
    """Return the pair with all of its guide moved, the rim of a shared mask included."""
    if not paired.rim_kept:
        return paired.pair
    assert paired.unmoved is not None
    assert paired.registration is not None
    whole = resample(paired.unmoved, paired.pair.fine, paired.registration.transform)
    return replace(paired.pair, guide=whole)


def measure(
    guided: Cascade, unguided: Cascade, found: dict[str, Simulated], name: str
) -> Iterator[Row]:
    """Enhance and self-validate with each guide and without; yield a row per guide."""
    own = found["own"]
    unguided_scan = Simulated(Pair(own.pair.target, own.pair.fine), own.reference)
    without = _gains(unguided, unguided_scan, name)
    validated_without = self_validate(unguided, unguided_scan.pair).gain
    for kind, simulated in found.items():
        with_guide = _gains(guided, simulated, name)
        blended = _gains(Blend(guided, unguided), simulated, name)
        validated = fitted_to_guide(guided, simulated.pair, detail=simulated.detail)[1].gain
        chosen = blended if validated >= validated_without else without
        yield {
            "source": name, "guide": kind,
            **_row("", with_guide), **_row("_without", without), **_row("_blended", blended),
            "self_validation_gain": validated,
            "self_validation_gain_without": validated_without,
            **_row("_chosen", chosen),
        }  # fmt: skip


def _row(ending: str, gains: tuple[float, float]) -> Row:
    return {f"gain{ending}": gains[0], f"gain_deep{ending}": gains[1]}


def _gains(cascade: Enhancer, simulated: Simulated, name: str) -> tuple[float, float]:
    """Return the gain over whole slices, and in the eroded brain mask."""
    found = summarise(score_case(cascade, simulated, name))
    return found["gain"], found["gain_deep"]


def sources(data: Path) -> list[tuple[Source, Source]]:
    """Return scans, each with the source of another subject's guide."""
    cases = {c.name: Source(c.name, case=c) for c in find_cases(data / "cohort")}
    tested, clinic = [cases[name] for name in FOLD_1], clinical_sources(data)
    return [*zip(tested, [*tested[1:], tested[0]], strict=True), (clinic[-1], clinic[0])]


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factor: Annotated[int, typer.Option(help="In-plane factor of shipped weights.")],
    every: Annotated[int, typer.Option(help="Keep every n-th axial slice.")] = 4,
    results: Annotated[Path, typer.Option()] = Path("results/misfit"),
) -> None:
    """Measure all scans, and report the smallest gain of the choice over no guide."""
    names = [f"{start}t2-axial-x{factor}" for start in ("t1-", "")]
    guided, unguided = (load_weights(name) for name in names)
    rows: list[Row] = []
    for source, other in sources(data):
        found = simulated_with(source, other, factor, every)
        for row in measure(guided, unguided, found, source.name):
            rows.append(row)
            typer.echo(" ".join(_text(value) for value in row.values()))
    write_rows(rows, results / f"x{factor}.csv")
    made = {name: read_card(name).commit for name in names}
    content: Row = {"made": made, "worst_against_unguided": worst(rows)}
    write_summary(content, results / f"x{factor}.json")
    typer.echo(f"smallest gain of the choice over unguided: {worst(rows)} dB")


def worst(rows: Sequence[Row]) -> dict[str, float]:
    """Return the smallest gain of the choice over no guide, for each kind of guide, dB."""
    lost: dict[str, list[float]] = {}
    for row in rows:
        change = float(str(row["gain_chosen"])) - float(str(row["gain_without"]))
        lost.setdefault(str(row["guide"]), []).append(change)
    return {guide: min(changes) for guide, changes in lost.items()}


def _text(value: object) -> str:
    return f"{value:+.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    typer.run(main)
