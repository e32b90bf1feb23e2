"""How near blending comes to the best fixed share of the guide.

    OMP_NUM_THREADS=1 python -m studies.blend_shares --data DATA

Each scan is degraded in its plane and enhanced with guided and with unguided weights. The table has
the gain over cubic interpolation in the eroded mask (4 mm), in dB: of five fixed shares of the
guided estimate, and of the blend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from time import perf_counter
from typing import Annotated

import torch
import typer
from studies.blend_cases import cases
from studies.blended import blend_of

from crossres.inference import Blend, Cascade, super_resolve
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, for_case, gain_deep
from crossres.reproduction.simulated import Simulated
from crossres.types import Coarse, Fine
from crossres.volume import Grid, Pair
from crossres.weights import read_card

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, eq=False)
class Remembering(Cascade):
    """A cascade that computes the estimate of the same slices once."""

    known: list[tuple[Coarse, Fine]] = field(default_factory=list)

    def enhance(self, target: Coarse, guide: Fine | None, coarse: Grid, fine: Grid) -> Fine:
        """Return the estimate of slices with their own guide."""
        for seen, estimate in self.known:
            if torch.equal(seen, target):
                return estimate
        self.known.append((target, super().enhance(target, guide, coarse, fine)))
        return self.known[-1][1]


def remembering(cascade: Cascade) -> Remembering:
    """Return a cascade that does the same, but remembers what it did."""
    return Remembering(**{part.name: getattr(cascade, part.name) for part in fields(cascade)})


def gains(blend: Blend, scan: Simulated) -> Row:
    """Return the gain in the eroded mask of each fixed share and of the blend, dB."""
    fitted = for_case(blend, scan)
    both = remembering(fitted.guided_cascade), remembering(fitted.unguided_cascade)
    blend = replace(fitted, guided_cascade=both[0], unguided_cascade=both[1])
    alone = Pair(scan.pair.target, scan.pair.fine)
    unguided = super_resolve(blend.unguided_cascade, alone)
    guided = super_resolve(blend.guided_cascade, scan.pair)
    change = guided.volume.data - unguided.volume.data
    fixed = {
        f"share_{share:g}": replace(
            unguided, volume=unguided.volume.with_data(unguided.volume.data + share * change)
        )
        for share in SHARES
    }
    found = {**fixed, "blend": super_resolve(blend, scan.pair)}
    return {name: gain_deep(result, scan.reference) for name, result in found.items()}


def shortfalls(rows: Sequence[Row]) -> dict[str, float]:
    """Return what the blend gains over the unguided weights and over the best share, dB."""
    blended = [float(str(row["blend"])) for row in rows]
    shares = [[float(str(row[f"share_{share:g}"])) for share in SHARES] for row in rows]
    unguided = [b - gained[0] for b, gained in zip(blended, shares, strict=True)]
    best = [b - max(gained) for b, gained in zip(blended, shares, strict=True)]
    return {
        "against_unguided_mean": sum(unguided) / len(unguided),
        "against_unguided_worst": min(unguided),
        "against_best_share_mean": sum(best) / len(best),
        "against_best_share_worst": min(best),
    }


def measured(data: Path, factor: int, slices: int) -> Iterator[Row]:
    """Yield a row for each pair."""
    blend = blend_of(f"t1-t2-axial-x{factor}")
    for source in cases(data):
        start = perf_counter()
        row = gains(blend, source.simulate(factor, slices=slices))
        yield {"factor": factor, "case": source.name, **row, "seconds": perf_counter() - start}


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factors: Annotated[str, typer.Option(help="In-plane factors, by comma.")] = "2,4",
    slices: Annotated[int, typer.Option(help="Keep every n-th of the slices.")] = 1,
    results: Annotated[Path, typer.Option()] = Path("results/blend_shares"),
) -> None:
    """Enhance every pair at every factor, and write the table."""
    torch.set_num_threads(1)
    for factor in map(int, factors.split(",")):
        rows: list[Row] = []
        for row in measured(data, factor, slices):
            rows.append(row)
            typer.echo(" ".join(_text(value) for value in row.values()))
        name = f"t1-t2-axial-x{factor}"
        write_rows(rows, results / f"{name}.csv")
        content: Row = {"made": read_card(name).commit, **shortfalls(rows)}
        write_summary(content, results / f"{name}.json")
        typer.echo(str(shortfalls(rows)))


def _text(value: object) -> str:
    return f"{value:+.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    typer.run(main)
