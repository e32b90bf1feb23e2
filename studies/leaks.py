"""What the guide may not bring in and the scan may not lose: drawn structures and real lesions.

    python -m studies.leaks --data DATA --factor 2
    python -m studies.leaks --data DATA --factor 5 --weights t1-t2-through-plane-x5

A ball is drawn into one contrast alone, and the difference that it makes to the estimate is
measured inside it, as a share of its contrast. Drawn into the guide it should leave nothing (the
leak: mean, and root mean square), drawn into the target, before that is degraded, it should stay
whole (what is kept). Real lesions are taken out of the guide (filled from their surroundings),
which should change nothing either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy import ndimage
from studies.blended import SUFFIX, blend_of, fitted
from studies.shipping import HELD_OUT
from studies.skull_on import (
    Source,
    clinical_sources,
    label_sources,
    phantom_sources,
)
from studies.through_plane import tested

from crossres.inference import Enhancer, super_resolve
from crossres.io import find_cases, read
from crossres.physics import degrade
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.types import Array3, Mask3
from crossres.volume import Pair, Volume, brain_or_head_mask, eroded, intensity_scale
from crossres.weights import load_weights, read_card

RADII_MM = (2.0, 3.0, 5.0)
CONTRAST = 0.4
"""Of the volume's intensity scale, darker where the tissue is bright."""
SLAB = 64
"""Sagittal slices of 1 mm that are looked at of thick-sliced scans."""
WITH_LESIONS = ("sub-04", "sub-08", "sub-12")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A structure: where it is and what it adds, as a share of its contrast (0 to 1)."""

    kind: str
    shape: Array3

    @property
    def inside(self) -> Mask3:
        """Where it is whole."""
        return np.asarray(self.shape > 0.99)


def balls(volume: Volume, radius: float, seed: int, count: int = 6) -> Drawn:
    """Draw balls far enough apart within the head, their edge one voxel wide."""
    rng = np.random.default_rng(seed)
    spacing = np.array(volume.grid.spacing)
    deep = eroded(brain_or_head_mask(volume.data), volume.grid.spacing, radius + 2)
    places, shape = np.argwhere(deep), np.zeros(volume.data.shape, np.float32)
    index = np.indices(shape.shape).reshape(3, -1).T
    for centre in _apart(places[rng.permutation(len(places))], spacing, 4 * radius + 10, count):
        distance = np.linalg.norm((index - centre) * spacing, axis=1).reshape(shape.shape)
        shape += np.clip((radius - distance) / spacing.min() + 0.5, 0, 1)
    return Drawn(f"ball of {2 * radius:g} mm", shape)


def _apart(
    places: np.ndarray, spacing: np.ndarray, least: float, count: int
) -> Iterator[np.ndarray]:
    """Return the first places that are at least so many mm from all before them."""
    kept: list[np.ndarray] = []
    for place in places:
        if all(np.linalg.norm((place - k) * spacing) > least for k in kept):
            kept.append(place)
            yield place
        if len(kept) == count:
            return


def added(volume: Volume, drawn: Drawn) -> tuple[Volume, float]:
    """Draw the structure into a volume; return it with the contrast, its sign away from bright."""
    scale = intensity_scale(volume.data)
    bright = float(np.median(volume.data[drawn.inside])) > 0.5 * scale
    contrast = -CONTRAST * scale if bright else CONTRAST * scale
    return volume.with_data(np.maximum(volume.data + contrast * drawn.shape, 0)), contrast


def leak_of(
    cascade: Enhancer, simulated: Simulated, drawn: Drawn, plain: Array3
) -> tuple[float, float]:
    """Return what a structure in the guide alone leaves: mean and RMS, each in its own scale."""
    pair = simulated.pair
    assert pair.guide is not None
    guide, contrast = added(pair.guide, drawn)
    own = intensity_scale(pair.target.data) / intensity_scale(pair.guide.data)
    found = super_resolve(cascade, replace(pair, guide=guide)).volume.data
    change = (found - plain)[drawn.inside] / (contrast * own)
    return float(change.mean()), float(np.sqrt(np.mean(change**2)))


def kept_of(cascade: Enhancer, simulated: Simulated, drawn: Drawn, plain: Array3) -> float:
    """Return how much of a structure in the target alone the estimate keeps."""
    changed, contrast = added(simulated.reference, drawn)
    target = degrade(changed, simulated.pair.target.grid)
    pair = Pair(target, simulated.pair.fine, simulated.pair.guide)
    found = super_resolve(cascade, pair).volume.data
    return float(np.mean((found - plain)[drawn.inside]) / contrast)


def measure(cascade: Enhancer, simulated: Simulated, name: str) -> Iterator[Row]:
    """Draw balls of each size into one contrast, then into the other."""
    cascade = fitted(cascade, simulated)
    plain = super_resolve(cascade, simulated.pair).volume.data
    for radius in RADII_MM:
        drawn = balls(simulated.reference, radius, seed=0)
        if not drawn.inside.any():
            continue
        leak, rms = leak_of(cascade, simulated, drawn, plain)
        kept = kept_of(cascade, simulated, drawn, plain)
        found: Row = {"leak": leak, "leak_rms": rms, "kept": kept}
        yield {"source": name, "structure": drawn.kind, **found}


def filled(volume: Volume, mask: Mask3) -> Volume:
    """Take a lesion out: fill it with its surroundings, smoothly (normalised convolution)."""
    outside = (~mask & (volume.data > 0)).astype(np.float32)
    blurred = ndimage.gaussian_filter(volume.data * outside, 4)
    weight = ndimage.gaussian_filter(outside, 4)
    data = np.where(mask, blurred / np.maximum(weight, 1e-6), volume.data)
    return volume.with_data(data.astype(np.float32))


def lesion(cascade: Enhancer, data: Path, name: str, factor: float, every: int) -> Row:
    """Take a real lesion out of the guide and tell how much of the target's lesion goes with it."""
    [case] = [c for c in find_cases(data / "cohort") if c.name == name]
    file = data / "cohort" / "derivatives" / "lesions" / name / "anat"
    mask = read(next(file.glob("*.nii.gz"))).canonical()
    simulated = Source(name, case=case).simulate(factor, every=every)
    inside = every_slice(mask, every).data > 0
    pair, reference = simulated.pair, simulated.reference
    assert pair.guide is not None
    cascade = fitted(cascade, simulated)
    plain = super_resolve(cascade, pair).volume.data
    without = super_resolve(cascade, replace(pair, guide=filled(pair.guide, inside))).volume.data
    contrast = float(np.mean((reference.data - filled(reference, inside).data)[inside]))
    lost = (plain - without)[inside] / contrast
    leak, rms = float(lost.mean()), float(np.sqrt(np.mean(lost**2)))
    return {"source": name, "structure": "lesion", "leak": leak, "leak_rms": rms, "kept": 1 - leak}


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factor: Annotated[float, typer.Option(help="In the plane, or across the slices.")],
    weights: Annotated[str, typer.Option(help="Guided weights.")] = "",
    every: Annotated[int, typer.Option(help="Keep every n-th axial slice.")] = 2,
    results: Annotated[Path, typer.Option()] = Path("results/leaks"),
    blend: Annotated[
        bool, typer.Option("--blend", help="With the unguided weights beside them.")
    ] = False,
) -> None:
    """Measure leaks and what is kept on scans that the weights have not seen, and on lesions."""
    name = weights or f"t1-t2-axial-x{factor:g}"
    card = read_card(name)
    cascade = blend_of(name) if blend else load_weights(name)
    in_plane = card.axes == 2
    found = coarse_in_plane(data, factor, every) if in_plane else coarse_across(data, factor)
    rows: list[Row] = []
    for source, simulated in found:
        rows += measure(cascade, simulated, source)
        typer.echo(rows[-1])
    for subject in WITH_LESIONS if in_plane else ():
        rows.append(lesion(cascade, data, subject, factor, 2 * every))
        typer.echo(rows[-1])
    kept = f"{card.name}{SUFFIX * blend}"
    write_rows(rows, results / f"{kept}.csv")
    write_summary({"made": card.commit, "factor": factor, "rows": rows}, results / f"{kept}.json")


def unseen(data: Path) -> Sequence[Source]:
    """Return scans that no weights have learned from."""
    return [
        *(s for s in clinical_sources(data) if HELD_OUT in s.name),
        *label_sources(data, (17,)),
        *phantom_sources((101,)),
    ]


def coarse_in_plane(data: Path, factor: float, every: int) -> Iterator[tuple[str, Simulated]]:
    """Yield them degraded in their plane."""
    return ((s.name, s.simulate(factor, every=every)) for s in unseen(data))


def coarse_across(data: Path, factor: float) -> Iterator[tuple[str, Simulated]]:
    """Yield slabs of scans with a truth across their slices, those made thick."""
    return ((name, slab(s)) for name, s in tested(data, factor, guided=True).items())


def slab(simulated: Simulated, count: int = SLAB) -> Simulated:
    """Keep the middle slices of all images, as they lie."""
    pair = simulated.pair
    guide = None if pair.guide is None else _middle(pair.guide, count)
    kept = _middle(simulated.reference, count)
    return Simulated(Pair(_middle(pair.target, count), kept.grid, guide), kept)


def _middle(volume: Volume, count: int) -> Volume:
    i, j, k = volume.grid.shape
    first = max(0, (k - count) // 2)
    box = (slice(0, i), slice(0, j), slice(first, min(k, first + count)))
    return volume.with_data(volume.data[box], volume.grid.cropped(box))


if __name__ == "__main__":
    typer.run(main)
