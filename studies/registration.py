"""Registration of guides: displacement that remains inside the head, by method.

    python -m studies.registration --data DATA --factor 4

The T2w of each cohort subject is degraded in its plane, and the T1w is registered to it by each
method. What remains is measured on the full-resolution T2w, in two ways: cross-correlation of
gradient magnitudes in the eroded brain mask (translation only; no method but one of those compared
uses it), and the mean distance from the transform that ``crossres`` finds for the full-resolution
scan. With ``--phantoms`` heads from label maps are moved by known motions instead. Rows that the
result file already has are not computed again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from jaxtyping import Float
from scipy import ndimage, optimize
from scipy.spatial.transform import Rotation
from skimage.registration import phase_cross_correlation
from studies.sources import label_sources

from crossres.io import find_cases, read
from crossres.physics import degrade
from crossres.registration import RigidTransform, register_rigid, resample
from crossres.registration.normalisation import normalise, without_outliers
from crossres.registration.search import search
from crossres.reproduction.records import read_rows, write_rows, write_summary
from crossres.types import Array3, Mask3, Points
from crossres.volume import Volume, brain_or_head_mask, eroded

Method = Callable[[Volume, Volume], RigidTransform]
"""Returns the transform from the target's world to the guide's, given guide and target."""

RIM_MM = 6.0
MOTIONS = ((0.5, 0.8), (1.0, 1.5), (2.0, 3.0))
"""Known motions of phantoms: degrees and mm."""
_ARM_MM = 60.0
_NOISE = 0.02


def inside(image: Volume) -> Mask3:
    """Return the mask of the head without its outer 6 mm."""
    head = np.asarray(ndimage.binary_fill_holes(brain_or_head_mask(image.data)))
    return eroded(head, image.grid.spacing, RIM_MM)


def gradient_magnitude(image: Volume) -> Array3:
    """Return the length of the gradient per mm, smoothed by 1 mm."""
    smooth = ndimage.gaussian_filter(
        image.data.astype(np.float32), 1 / np.array(image.grid.spacing)
    )
    along = np.gradient(smooth, *image.grid.spacing)
    length: Array3 = np.sqrt(np.square(np.stack(along)).sum(axis=0))
    return length


def edge_shift(guide: Volume, target: Volume) -> Points:
    """Return the shift of the guide against the target in mm along the target's axes, (1, 3)."""
    mask = inside(target).astype(np.float32)
    taper = ndimage.gaussian_filter(mask, 2 / np.array(target.grid.spacing)) * mask
    moved = resample(guide, target.grid)
    edges = [gradient_magnitude(image) for image in (target, moved)]
    still, loose = ((e - np.average(e, weights=taper)) * taper for e in edges)
    # Without normalisation: of windows that both images share, the phases agree at no shift.
    found = phase_cross_correlation(still, loose, upsample_factor=20, normalization=None)
    shift: Points = -np.asarray(found[0], dtype=np.float64)[None] * np.array(target.grid.spacing)
    return shift


def by_edge_correlation(guide: Volume, target: Volume) -> RigidTransform:
    """Return the translation of the largest cross-correlation of gradient magnitudes."""
    matrix = np.eye(4)
    axes = target.grid.affine[:3, :3] / np.array(target.grid.spacing)
    matrix[:3, 3] = axes @ edge_shift(guide, target)[0]
    return RigidTransform(matrix)


def by_gradient_fields(guide: Volume, target: Volume) -> RigidTransform:
    """Return the motion of the best agreement of normalised gradient fields in the eroded mask.

    Haber 2006, doi 10.1007/11866763_89.
    """
    mask = inside(target)
    affine = target.grid.affine
    points = np.argwhere(mask) @ affine[:3, :3].T + affine[:3, 3]
    centre = points.mean(axis=0)
    still = _normalised(_world_gradient(target)[:, mask])
    loose = _world_gradient(guide)
    inverse = np.linalg.inv(guide.grid.affine)

    def transform(motion: Float[np.ndarray, " 6"]) -> RigidTransform:
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec(motion[3:] / _ARM_MM).as_matrix()
        matrix[:3, 3] = centre + motion[:3] - matrix[:3, :3] @ centre
        return RigidTransform(matrix)

    def disagreement(motion: Float[np.ndarray, " 6"]) -> float:
        moved = transform(motion).apply(points)
        places = (moved @ inverse[:3, :3].T + inverse[:3, 3]).T
        field = [ndimage.map_coordinates(d, places, order=1, mode="nearest") for d in loose]
        moved_field = _normalised(np.stack(field))
        return -float(np.mean(np.square(np.sum(still * moved_field, axis=0))))

    found = optimize.minimize(disagreement, np.zeros(6), method="Powell", options={"xtol": 0.02})
    return transform(found.x)


def _world_gradient(image: Volume) -> Float[np.ndarray, "3 i j k"]:
    """Return the derivatives by R, A, S per mm, of the image smoothed by 1 mm."""
    smooth = ndimage.gaussian_filter(
        image.data.astype(np.float32), 1 / np.array(image.grid.spacing)
    )
    inverse = np.linalg.inv(image.grid.affine)[:3, :3]
    field: Float[np.ndarray, "3 i j k"] = np.tensordot(
        inverse.T, np.stack(np.gradient(smooth)), axes=1
    )
    return field


def _normalised(field: Float[np.ndarray, "3 n"]) -> Float[np.ndarray, "3 n"]:
    """Return gradients of unit length, those below the median shorter.

    After interpolation: a field that is normalised before is shorter between voxels, which pulls
    the optimum to their centres.
    """
    length = np.sqrt(np.square(field).sum(axis=0))
    noise = float(np.median(length))
    normalised: Float[np.ndarray, "3 n"] = field / np.sqrt(length**2 + noise**2)
    return normalised


def by_mutual_information(guide: Volume, target: Volume, *, masked: bool) -> RigidTransform:
    """Return the motion of the largest mutual information, in the whole head or inside it."""
    if masked:
        target = target.with_data(np.where(inside(target), target.data, 0))
    return search(guide, target, "headers", 0)[0]


METHODS: dict[str, Method] = {
    "headers": lambda guide, target: RigidTransform.identity(),
    "mutual information": lambda g, t: by_mutual_information(g, t, masked=False),
    "mutual information, masked": lambda g, t: by_mutual_information(g, t, masked=True),
    "correlation of gradients": by_edge_correlation,
    "normalised gradient fields": by_gradient_fields,
    "crossres": lambda guide, target: register_rigid(guide, to=target).transform,
}


@dataclass(frozen=True, eq=False)
class Trial:
    """A pair to register, and where its guide is expected.

    Args:
        name: For the table.
        guide: Image that is moved.
        target: The degraded scan.
        reference: The scan before it was degraded.
        expected: The transform to find.
    """

    name: str
    guide: Volume
    target: Volume
    reference: Volume
    expected: RigidTransform


def cohort_trials(data: Path, factor: float) -> Iterator[Trial]:
    """Return the subjects of the cohort, degraded; expected is what the full scan gives."""
    for case in find_cases(data / "cohort"):
        assert case.guide is not None  # find_cases requires one
        guide, reference = read(case.guide).canonical(), read(case.target).canonical()
        expected = register_rigid(guide, to=reference).transform
        yield Trial(case.name, guide, _degraded(reference, factor), reference, expected)


def phantom_trials(data: Path, factor: float) -> Iterator[Trial]:
    """Return heads from label maps whose guides were moved by known motions."""
    for source in label_sources(data, (17, 18)):
        guide, reference = source.images()
        for degrees, millimetres in MOTIONS:
            motion = known_motion(degrees, millimetres, seed=source.seed)
            grid = guide.grid
            affine = motion.matrix @ grid.affine
            moved = guide.with_data(guide.data, type(grid)(grid.shape, affine))
            name = f"{source.name}, {millimetres:g} mm"
            yield Trial(name, moved, _degraded(reference, factor), reference, motion)


def known_motion(degrees: float, millimetres: float, *, seed: int) -> RigidTransform:
    """Return a rotation about a random axis and a translation of a random direction."""
    axis, direction = np.random.default_rng(seed).normal(size=(2, 3))
    matrix = np.eye(4)
    turned = np.radians(degrees) * axis / np.linalg.norm(axis)
    matrix[:3, :3] = Rotation.from_rotvec(turned).as_matrix()
    matrix[:3, 3] = millimetres * direction / np.linalg.norm(direction)
    return RigidTransform(matrix)


def _degraded(reference: Volume, factor: float) -> Volume:
    return degrade(reference, reference.grid.coarsened((factor, factor, 1)))


def row_of(trial: Trial, name: str) -> dict[str, Any]:
    """Register a pair by one method and measure what remains inside."""
    began = time.process_time()
    seen = normalise(without_outliers(trial.guide), trial.target)
    found = METHODS[name](seen.guide, seen.target)
    seconds = time.process_time() - began
    affine = trial.reference.grid.affine
    points = np.argwhere(inside(trial.reference))[::50] @ affine[:3, :3].T + affine[:3, 3]
    apart = np.linalg.norm(found.apply(points) - trial.expected.apply(points), axis=1).mean()
    moved = resample(trial.guide, trial.reference.grid, found)
    x, y, z = edge_shift(moved, trial.reference)[0].tolist()
    return {
        "case": trial.name, "method": name, "from_expected_mm": float(apart),
        "left_x": x, "left_y": y, "left_z": z,
        "left_mm": float(np.linalg.norm([x, y, z])), "seconds": seconds,
    }  # fmt: skip


def summary_of(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return median and maximum of each measure, by method."""
    found = {}
    for name in METHODS:
        own = [row for row in rows if row["method"] == name]
        found[name] = {
            f"{measure}_{kind.__name__}": float(kind([float(row[measure]) for row in own]))
            for measure in ("left_mm", "from_expected_mm", "seconds")
            for kind in (np.median, np.max)
            if own
        }
    return found


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/ and labels/.")],
    factor: Annotated[float, typer.Option(help="In-plane factor.")] = 4.0,
    phantoms: Annotated[bool, typer.Option("--phantoms", help="Known motions instead.")] = False,
    results: Annotated[Path, typer.Option()] = Path("results/registration"),
) -> None:
    """Compare methods of registration."""
    name = f"{'phantoms' if phantoms else 'cohort'}-x{factor:g}"
    file = results / f"{name}.csv"
    rows: list[dict[str, Any]] = [dict(row) for row in read_rows(file)] if file.exists() else []
    done = {(row["case"], row["method"]) for row in rows}
    for trial in (phantom_trials if phantoms else cohort_trials)(data, factor):
        for method in METHODS:
            if (trial.name, method) in done:
                continue
            rows.append(row_of(trial, method))
            write_rows(rows, file)
            typer.echo(f"{trial.name}: {method}: {rows[-1]['left_mm']:.2f} mm left", err=True)
    write_summary({"methods": summary_of(rows), "factor": factor}, results / f"{name}.json")


if __name__ == "__main__":
    typer.run(main)
