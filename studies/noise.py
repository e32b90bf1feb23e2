"""Noisy scans: what is measured of their noise, and what denoising is worth.

    python -m studies.noise --data DATA
    python -m studies.noise --data DATA --levels
    python -m studies.noise --data DATA --balance
    python -m studies.noise --data DATA --training

Scans are degraded 2x and 4x in the plane, and Rician noise of 0, 1 and 3 % of their intensity scale
is added. Each is enhanced as it is and as ``enhance`` treats it by default, without a network (the
projection of the interpolated scan), with unguided weights and with the blend; gains over cubic
interpolation of the noisy scan are those of a slab of contiguous slices. ``--levels`` measures the
noise of all scans instead, in the plane and across slices, with and without noise. ``--balance``
measures what weighs the scan in the projection: the share of the noise that denoising leaves in the
head, the error of unguided weights before any projection, and the gains at several weights.
``--training`` trains small budgets of the default recipe with and without noise in the degraded
patches, and measures their gains on noisy scans; it resumes from its checkpoints and rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from studies.agreement import IN_PLANE
from studies.blended import blend_of
from studies.slice_profile import middle
from studies.sources import Source, label_sources, phantom_sources, unseen

from crossres.inference import Blend, Cascade, super_resolve
from crossres.inference.noise import BALANCE, denoised, noise_of, weighted
from crossres.inference.single_pass import back_projected, estimate_volume
from crossres.io import find_cases, read
from crossres.physics import (
    Acquisition,
    BackProjection,
    NoiseLevel,
    acquire_volume,
    add_rician_noise,
    degrade,
    interpolate_volume,
)
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import read_rows, write_rows, write_summary
from crossres.reproduction.scoring import eroded_mask, for_case
from crossres.reproduction.simulated import Simulated, low_resolution_examples
from crossres.training import recipe
from crossres.types import Array3
from crossres.volume import Pair, Volume, brain_or_head_mask, intensity_scale
from crossres.weights import load_weights

FACTORS = (2, 4)
SHARES = (0.0, 0.01, 0.03)
SLAB = 10
"""Axial slices in the middle that are enhanced and scored."""
GRIDS = ((2, 2, 1), (4, 4, 1), (1, 1, 3), (1, 1, 4))
BALANCED = ("sub-03", "clinical sub-12_ses-1", "labels 18")
BALANCES = (BALANCE / 2, BALANCE, 2 * BALANCE)
"""Noise at which the scan weighs as much as the estimate."""
LEVELS = (0.01, 0.03, 0.06)
MASKED = 0.02
"""Share of the intensity scale below which the air of a noisy scan is set to 0, as a mask does."""
TRAINED = (0.0, 0.03)
"""Largest noise that is added in training."""
SUBJECTS, EVERY, STEPS = 8, 4, 600
"""Of the cohort, on every fourth slice of which networks are trained with and without noise."""
CASE = ("scan", "factor", "network", "trained")
"""Columns that identify a row of that training which is not measured again."""
Row = dict[str, object]


def sources(data: Path) -> list[Source]:
    """Return the scored sources: two of the cohort, a clinical one, heads, a phantom."""
    cohort = [Source(c.name, case=c) for c in find_cases(data / "cohort") if c.name in IN_PLANE]
    return [*cohort, *unseen(data), *label_sources(data, (18,))]


def slab_of(source: Source, factor: int, kept: Path) -> Simulated:
    """Return the middle of a degraded scan, its guide aligned."""
    aligned, reference = source.paired(factor, kept=kept)
    target, guide, truth = (
        middle(each, SLAB) for each in (aligned.pair.target, aligned.pair.guide, reference) if each
    )
    return Simulated(Pair(target, truth.grid, guide), truth, aligned.detail)


def noisy(volume: Volume, share: float) -> Volume:
    """Return a scan with noise of a share of its intensity scale."""
    deviation, rng = share * intensity_scale(volume.data), np.random.default_rng(1)
    data = add_rician_noise(volume.data, deviation, rng, dtype=np.float32)
    return volume.with_data(data.astype(np.float32))


def estimates(scan: Simulated, factor: int, *, treated: bool) -> Iterator[tuple[str, Volume]]:
    """Yield estimates without a network, with unguided weights and with the blend."""
    noise = noise_of(scan.pair.target, None if treated else 0.0)
    case = replace(scan, pair=denoised(scan.pair, noise))
    pair, exact = case.pair, weighted(BackProjection(), noise, scan.pair)
    cubic = interpolate_volume(pair.target, pair.fine)
    yield "none", back_projected(pair, cubic, exact, 0.0).volume
    unguided: Cascade | Blend = load_weights(f"t2-axial-x{factor}")
    for name, enhancer in (("unguided", unguided), ("blend", blend_of(f"t1-t2-axial-x{factor}"))):
        ready = for_case(enhancer, case).with_back_projection(exact)
        yield name, super_resolve(ready, pair).volume


def gains(estimate: Volume, scan: Simulated) -> Row:
    """Return the gains over cubic interpolation of the noisy scan, whole, head and eroded."""
    cubic = interpolate_volume(scan.pair.target, scan.pair.fine)
    truth = scan.reference.data
    masks = {
        "gain": np.ones(truth.shape, np.bool_), "gain_head": brain_or_head_mask(truth),
        "gain_deep": eroded_mask(scan.reference),
    }  # fmt: skip
    return {
        name: _decibels(cubic.data[mask] - truth[mask], estimate.data[mask] - truth[mask])
        for name, mask in masks.items()
    }


def _decibels(before: Array3, after: Array3) -> float:
    return float(10 * np.log10(np.square(before).mean() / np.square(after).mean()))


def levels(data: Path) -> Iterator[Row]:
    """Yield the noise found on every scan, on its own grid and degraded, with and without noise."""
    cases = [c for folder in ("cohort", "clinical") for c in find_cases(data / folder)]
    cases += find_cases(data / "clinical", target="FLAIR")
    scans = {c.target.name: read(c.target).canonical() for c in cases}
    simulated = (*label_sources(data, (17, 18)), *phantom_sources((101, 102)))
    for name, scan in (*scans.items(), *((s.name, s.images()[1]) for s in simulated)):
        yield _level(name, scan, "own", 0.0)
        for factors in GRIDS:
            coarse = degrade(scan, scan.grid.coarsened(factors))
            for share in SHARES:
                yield _level(name, noisy(coarse, share), str(factors), share)
            masked = noisy(coarse, SHARES[-1])
            masked.data[coarse.data < MASKED * intensity_scale(coarse.data)] = 0
            yield _level(name, masked, f"{factors} masked", SHARES[-1])


def _level(name: str, scan: Volume, grid: str, share: float) -> Row:
    found = noise_of(scan, None)
    return {
        "scan": name, "grid": grid, "noise": share, "found": found.share, "source": found.source
    }  # fmt: skip


def balances(data: Path) -> Iterator[Row]:
    """Yield what is left of the noise, the network's error, and gains, for each weight."""
    for source in (each for each in sources(data) if each.name in BALANCED):
        truth = middle(source.images()[1], SLAB)
        for factor in FACTORS:
            clean = degrade(truth, truth.grid.coarsened((factor, factor, 1)))
            weights = load_weights(f"t2-axial-x{factor}")
            error = network_error(weights, Pair(clean, truth.grid))
            mean = Acquisition(truth.grid, clean.grid).mean_eigenvalue
            for share in LEVELS:
                scan = Simulated(Pair(noisy(clean, share), truth.grid), truth)
                noise = NoiseLevel(share * intensity_scale(clean.data), share, "given")
                still = denoised(scan.pair, noise)
                left = _rms(still.target.data - clean.data, clean) / noise.deviation
                for balance in BALANCES:
                    exact = BackProjection(noise=mean * (share / balance) ** 2)
                    ready = weights.with_back_projection(exact)
                    yield {
                        "scan": source.name, "factor": factor, "noise": share, "left": left,
                        "error": error, "balance": balance,
                        **gains(super_resolve(ready, still).volume, scan),
                    }  # fmt: skip


def network_error(weights: Cascade, pair: Pair) -> float:
    """Return the error of an estimate on the scan's grid, before any projection."""
    plain = weights.with_back_projection(BackProjection("none"))
    acquired = acquire_volume(estimate_volume(plain, pair), pair.target.grid)
    error = _rms(acquired.data - pair.target.data, pair.target)
    return error / intensity_scale(pair.target.data)


def _rms(away: Array3, scan: Volume) -> float:
    return float(np.sqrt(np.square(away[brain_or_head_mask(scan.data)]).mean()))


def trained(data: Path, runs: Path, steps: int, done: Collection[tuple[str, ...]]) -> Iterator[Row]:
    """Yield the gains of networks that were trained with and without noise, but for rows done."""
    cases = [case for case in find_cases(data / "cohort") if case.name not in IN_PLANE][:SUBJECTS]
    for factor in FACTORS:
        examples = low_resolution_examples(cases, factor, every=EVERY, kept=runs / ALIGNED)
        scans = {source.name: slab_of(source, factor, runs / ALIGNED) for source in sources(data)}
        for guided, most in product((False, True), TRAINED):
            name = "guided" if guided else "unguided"
            plan = recipe("default", factor, guided=guided, steps=steps)
            cascade, _ = plan.with_learning(added_noise=(0.0, most)).fit(
                [each if guided else replace(each, guide=None) for each in examples],
                folder=runs / f"noise-{name}-x{factor}-{steps}-{most:g}",
            )
            for scan, clean in scans.items():
                case = dict(zip(CASE, (scan, factor, name, most), strict=True))
                if tuple(map(str, case.values())) not in done:
                    yield from list(tested(cascade, clean, case))


def tested(cascade: Cascade, clean: Simulated, case: Row) -> Iterator[Row]:
    """Yield the gains of a network on a scan with and without noise, which is removed or not."""
    for share in SHARES:
        target = noisy(clean.pair.target, share)
        scan = replace(clean, pair=replace(clean.pair, target=target))
        for treated in (False, True) if share else (False,):
            noise = noise_of(target, None if treated else 0.0)
            pair = denoised(scan.pair, noise)
            ready = cascade.with_back_projection(weighted(BackProjection(), noise, pair))
            estimate = super_resolve(ready, pair).volume
            yield case | {"noise": share, "treated": treated} | gains(estimate, scan)


def compared(data: Path, runs: Path) -> Iterator[Row]:
    """Yield the gains of every scan, factor, noise, treatment and network."""
    for source in sources(data):
        for factor in FACTORS:
            clean = slab_of(source, factor, runs / ALIGNED)
            for share in SHARES:
                target = noisy(clean.pair.target, share)
                scan = replace(clean, pair=replace(clean.pair, target=target))
                found = noise_of(target, None)
                for treated in (False, True):
                    for network, estimate in estimates(scan, factor, treated=treated):
                        yield {
                            "scan": source.name, "factor": factor, "noise": share,
                            "found": found.share, "treated": treated, "network": network,
                            **gains(estimate, scan),
                        }  # fmt: skip


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    only_levels: Annotated[bool, typer.Option("--levels", help="Measure noise alone.")] = False,
    only_balance: Annotated[
        bool, typer.Option("--balance", help="Measure the weight of the scan alone.")
    ] = False,
    training: Annotated[
        bool, typer.Option("--training", help="Measure training with noise alone.")
    ] = False,
    steps: Annotated[int, typer.Option(help="Optimiser steps of each training.")] = STEPS,
    runs: Annotated[Path, typer.Option(help="Where motions are kept.")] = Path("runs"),
    results: Annotated[Path, typer.Option()] = Path("results/robustness"),
) -> None:
    """Enhance noisy scans, measure noise or what weighs it, or train with it."""
    rows: list[Row] = []
    name, found = "noise", compared(data, runs)
    if only_levels:
        name, found = "noise-levels", levels(data)
    elif only_balance:
        name, found = "noise-balance", balances(data)
    elif training:
        name = "noise-training" + (f"-{steps}" if steps != STEPS else "")
        rows += [dict(row) for row in read_rows(results / f"{name}.csv")]
        done = {tuple(str(row[key]) for key in CASE) for row in rows}
        found = trained(data, runs, steps, done)
    for row in found:
        typer.echo(", ".join(f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values()))
        rows.append(row)
        write_rows(rows, results / f"{name}.csv")
    write_summary({"rows": len(rows), "slab": SLAB}, results / f"{name}.json")


if __name__ == "__main__":
    typer.run(main)
