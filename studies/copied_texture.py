"""Texture copied from the guide, and detail kept of the scan: synthetic structures and lesions.

    python -m studies.copied_texture --data DATA --factor 2
    python -m studies.copied_texture --data DATA --factor 5 --weights t1-t2-through-plane-x5

A synthetic ball is added to one contrast only. The change of the estimate inside it is measured
as a share of its contrast. A ball in the guide should change nothing ("copied": mean, and root mean
square). A ball in the target, added before the degradation, should stay whole ("kept"). Real
lesions are removed from the guide (filled from their surroundings), which should change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy import ndimage
from studies.blended import SUFFIX, blend_of
from studies.sources import Source, unseen
from studies.through_plane import tested

from crossres.inference import Enhancer, super_resolve
from crossres.io import find_cases, read
from crossres.physics import degrade
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row, for_case
from crossres.reproduction.simulated import Simulated, every_slice
from crossres.types import Array3, Mask3
from crossres.volume import Pair, Volume, brain_or_head_mask, eroded, intensity_scale
from crossres.weights import load_weights, read_card

RADII_MM = (2.0, 3.0, 5.0)
CONTRAST = 0.4
"""Contrast of a ball, as a share of the intensity scale; negative in bright tissue."""
SLAB = 64
"""Sagittal slices of 1 mm that are measured in thick-sliced scans."""
WITH_LESIONS = ("sub-04", "sub-08", "sub-12")


@dataclass(frozen=True, eq=False)
class Structure:
    """A synthetic structure.

    Args:
        kind: For the tables.
        shape: Share of its contrast in each voxel, 0-1, ``(i, j, k)``.
    """

    kind: str
    shape: Array3

    @property
    def inside(self) -> Mask3:
        """Where its share is 1."""
        return np.asarray(self.shape > 0.99)


def balls(volume: Volume, radius: float, seed: int, count: int = 6) -> Structure:
    """Return balls far enough apart within the head, with edges of one voxel."""
    rng = np.random.default_rng(seed)
    spacing = np.array(volume.grid.spacing)
    deep = eroded(brain_or_head_mask(volume.data), volume.grid.spacing, radius + 2)
    places, shape = np.argwhere(deep), np.zeros(volume.data.shape, np.float32)
    index = np.indices(shape.shape).reshape(3, -1).T
    for centre in _apart(places[rng.permutation(len(places))], spacing, 4 * radius + 10, count):
        distance = np.linalg.norm((index - centre) * spacing, axis=1).reshape(shape.shape)
        shape += np.clip((radius - distance) / spacing.min() + 0.5, 0, 1)
    return Structure(f"ball of {2 * radius:g} mm", shape)


def _apart(
    places: np.ndarray, spacing: np.ndarray, least: float, count: int
) -> Iterator[np.ndarray]:
    """Yield the first places that are more than ``least`` mm from all before them."""
    kept: list[np.ndarray] = []
    for place in places:
        if all(np.linalg.norm((place - k) * spacing) > least for k in kept):
            kept.append(place)
            yield place
        if len(kept) == count:
            return


def added(volume: Volume, structure: Structure) -> tuple[Volume, float]:
    """Return the volume with the structure, and its contrast."""
    scale = intensity_scale(volume.data)
    bright = float(np.median(volume.data[structure.inside])) > 0.5 * scale
    contrast = -CONTRAST * scale if bright else CONTRAST * scale
    return volume.with_data(np.maximum(volume.data + contrast * structure.shape, 0)), contrast


def copied_of(
    cascade: Enhancer, simulated: Simulated, structure: Structure, plain: Array3
) -> tuple[float, float]:
    """Return the share of a structure in the guide that is copied: mean and RMS over it."""
    pair = simulated.pair
    assert pair.guide is not None
    guide, contrast = added(pair.guide, structure)
    own = intensity_scale(pair.target.data) / intensity_scale(pair.guide.data)
    found = super_resolve(cascade, replace(pair, guide=guide)).volume.data
    change = (found - plain)[structure.inside] / (contrast * own)
    return float(change.mean()), float(np.sqrt(np.mean(change**2)))


def kept_of(cascade: Enhancer, simulated: Simulated, structure: Structure, plain: Array3) -> float:
    """Return the share of a structure in the target that the estimate keeps."""
    changed, contrast = added(simulated.reference, structure)
    target = degrade(changed, simulated.pair.target.grid)
    pair = Pair(target, simulated.pair.fine, simulated.pair.guide)
    found = super_resolve(cascade, pair).volume.data
    return float(np.mean((found - plain)[structure.inside]) / contrast)


def measure(cascade: Enhancer, simulated: Simulated, name: str) -> Iterator[Row]:
    """Add balls of each size to one contrast, then to the other, and yield a row per size."""
    cascade = for_case(cascade, simulated)
    plain = super_resolve(cascade, simulated.pair).volume.data
    for radius in RADII_MM:
        structure = balls(simulated.reference, radius, seed=0)
        if not structure.inside.any():
            continue
        copied, rms = copied_of(cascade, simulated, structure, plain)
        kept = kept_of(cascade, simulated, structure, plain)
        found: Row = {"copied": copied, "copied_rms": rms, "kept": kept}
        yield {"source": name, "structure": structure.kind, **found}


def filled(volume: Volume, mask: Mask3) -> Volume:
    """Return the volume with a lesion filled from its surroundings (normalised convolution)."""
    outside = (~mask & (volume.data > 0)).astype(np.float32)
    blurred = ndimage.gaussian_filter(volume.data * outside, 4)
    weight = ndimage.gaussian_filter(outside, 4)
    data = np.where(mask, blurred / np.maximum(weight, 1e-6), volume.data)
    return volume.with_data(data.astype(np.float32))


def lesion(cascade: Enhancer, data: Path, name: str, factor: float, every: int) -> Row:
    """Remove a real lesion from the guide and return the share of the target's that is lost."""
    [case] = [c for c in find_cases(data / "cohort") if c.name == name]
    file = data / "cohort" / "derivatives" / "lesions" / name / "anat"
    mask = read(next(file.glob("*.nii.gz"))).canonical()
    simulated = Source(name, case=case).simulate(factor, every=every)
    inside = every_slice(mask, every).data > 0
    pair, reference = simulated.pair, simulated.reference
    assert pair.guide is not None
    cascade = for_case(cascade, simulated)
    plain = super_resolve(cascade, pair).volume.data
    without = super_resolve(cascade, replace(pair, guide=filled(pair.guide, inside))).volume.data
    contrast = float(np.mean((reference.data - filled(reference, inside).data)[inside]))
    lost = (plain - without)[inside] / contrast
    copied, rms = float(lost.mean()), float(np.sqrt(np.mean(lost**2)))
    found: Row = {"copied": copied, "copied_rms": rms, "kept": 1 - copied}
    return {"source": name, "structure": "lesion", **found}


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    factor: Annotated[float, typer.Option(help="In the plane, or across the slices.")],
    weights: Annotated[str, typer.Option(help="Guided weights.")] = "",
    every: Annotated[int, typer.Option(help="Keep every n-th axial slice.")] = 2,
    results: Annotated[Path, typer.Option()] = Path("results/copied_texture"),
    blend: Annotated[
        bool, typer.Option("--blend", help="Blend with the unguided weights of their kind.")
    ] = False,
) -> None:
    """Measure what is copied and kept on scans that no weights were trained on, and on lesions."""
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


def coarse_in_plane(data: Path, factor: float, every: int) -> Iterator[tuple[str, Simulated]]:
    """Return unseen scans, degraded in their plane."""
    return ((s.name, s.simulate(factor, every=every)) for s in unseen(data))


def coarse_across(data: Path, factor: float) -> Iterator[tuple[str, Simulated]]:
    """Return slabs of scans with a reference across their slices, which are made thick."""
    return ((name, slab(s)) for name, s in tested(data, factor, guided=True, kept=None).items())


def slab(simulated: Simulated, count: int = SLAB) -> Simulated:
    """Return the middle slices of all images, at their places."""
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
