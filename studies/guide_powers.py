"""What the intensities of the guide are worth, and whether the self-validation finds them.

    OMP_NUM_THREADS=1 python -m studies.guide_powers --data DATA --factor 4

Each pair of ``studies.blend_cases`` is degraded in its plane and enhanced by the blend of the
shipped weights, the guide raised to each power. The table has the gain of the self-validation and
of the blend in the eroded mask, in dB over cubic interpolation, and the power that is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from studies.blend_cases import cases
from studies.blended import blend_of

from crossres.inference import Blend, self_validate, super_resolve
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, for_case, gain_deep
from crossres.reproduction.simulated import Simulated
from crossres.weights import read_card

POWERS = (1.0, 0.7, 0.5, 0.35)


def rows_of(blend: Blend, scan: Simulated, name: str) -> Iterator[Row]:
    """Yield a row for each power of the guide."""
    fitted = for_case(blend, scan)
    taken = fitted.guided_cascade.guide_power
    for power in POWERS:
        guided = fitted.guided_cascade.with_guide_power(power)
        found = self_validate(guided, scan.pair, detail=scan.detail)
        result = super_resolve(replace(fitted, guided_cascade=guided), scan.pair)
        yield {
            "case": name, "power": power, "taken": power == taken,
            "self_validation": found.eroded_gain, "blend": gain_deep(result, scan.reference),
        }  # fmt: skip


def changes(rows: Sequence[Row]) -> dict[str, float]:
    """Return by how much the powers that were taken change the gain of the blend, dB."""
    as_scanned = {row["case"]: float(str(row["blend"])) for row in rows if row["power"] == 1}
    taken = [row for row in rows if row["taken"]]
    found = [float(str(row["blend"])) - as_scanned[row["case"]] for row in taken]
    return {
        "change_mean": sum(found) / len(found),
        "change_worst": min(found),
        "change_best": max(found),
        "brightened": sum(row["power"] != 1 for row in taken),
        "cases": len(found),
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factor: Annotated[int, typer.Option(help="In-plane factor.")],
    slices: Annotated[int, typer.Option(help="Keep every n-th of the slices.")] = 1,
    results: Annotated[Path, typer.Option()] = Path("results/blend_shares"),
) -> None:
    """Enhance every pair with every power, and write the table."""
    torch.set_num_threads(1)
    name = f"t1-t2-axial-x{factor}"
    blend, rows = blend_of(name), list[Row]()
    for source in cases(data):
        rows += rows_of(blend, source.simulate(factor, slices=slices), source.name)
        last = rows[-len(POWERS) :]
        typer.echo(f"{source.name}: " + ", ".join(f"{row['blend']:+.2f}" for row in last))
    write_rows(rows, results / f"{name}-powers.csv")
    content: Row = {"made": read_card(name).commit, **changes(rows)}
    write_summary(content, results / f"{name}-powers.json")
    typer.echo(str(changes(rows)))


if __name__ == "__main__":
    typer.run(main)
