"""Several thick scans as one volume: gains over the best of them, residual motion, and time.

    python -m studies.joined --data DATA

Scans with slices of 5 mm across S, A and R are simulated from references of 1 mm. The second and
the third are moved by 2 mm and 2 degrees, which their headers do not state: the reference is
resampled before its slices are made thick. Two and three of them are joined, with a guide and
without. Further cases: intensities multiplied by a smooth field, the last agreement left out, the
headers trusted, and two axial scans that are shifted by half a slice. PSNR is inside the head. A
single scan is scored on its own grid, where it needs no resampling, and placed on the first one.
Seconds are those of the processor, which other programs on the machine hardly change.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.spatial.transform import Rotation
from studies.agreement import score
from studies.sources import label_sources

from crossres import EnhanceSettings
from crossres.inference import Enhanced
from crossres.io import find_cases, read
from crossres.physics import degrade
from crossres.registration import RigidTransform, resample
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.simulated import Simulated
from crossres.types import Triple
from crossres.volume import Pair, Volume, brain_or_head_mask
from crossres.workflows.enhance import enhance

SLICES = 5
"""Slice thickness in voxels of the reference, which are 1 mm."""
AXES = (2, 1, 0)
"""Axis across the slices of the first, second and third scan."""
MOVED_MM, MOVED_DEGREES = 2.0, 2.0
SUBJECT, LABELS = "sub-02", (17,)
BOX = (140, 180, 140)
"""Voxels around the centre of the head; multiples of the thickness."""
TRUSTED = EnhanceSettings(register=False)
UNPROJECTED = EnhanceSettings(back_projection="none")
Row = dict[str, object]


@dataclass(frozen=True, eq=False)
class Thick:
    """A simulated scan.

    Args:
        scan: Thick slices; its header does not state the motion.
        truth: The reference as this scan lies.
        transform: From the world of the first scan to that of this one.
    """

    scan: Volume
    truth: Volume
    transform: RigidTransform


def images(data: Path) -> Iterator[tuple[str, Volume, Volume]]:
    """Yield name, guide and reference of scans with isotropic detail."""
    for case in find_cases(data / "cohort"):
        if case.name == SUBJECT and case.guide is not None:
            yield case.name, read(case.guide).canonical(), read(case.target).canonical()
    for source in label_sources(data, LABELS):
        guide, reference = source.images()
        yield source.name, guide.canonical(), reference.canonical()


def motion(seed: int, centre: Triple) -> RigidTransform:
    """Return a rigid motion by 2 mm and 2 degrees in random directions."""
    rng = np.random.default_rng(seed)
    axis, shift = (v / np.linalg.norm(v) for v in rng.normal(size=(2, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(MOVED_DEGREES) * axis).as_matrix()
    matrix[:3, 3] = centre + MOVED_MM * shift - matrix[:3, :3] @ centre
    return RigidTransform(matrix)


def thick(reference: Volume, axis: int, transform: RigidTransform) -> Thick:
    """Return a scan of a head that was moved, around the centre of the head."""
    moved = reference
    if not transform.is_identity:
        moved = resample(reference, reference.grid, transform.inverse())
    truth = boxed(moved, reference)
    factors = [SLICES if a == axis else 1 for a in range(3)]
    grid = truth.grid.coarsened((factors[0], factors[1], factors[2]))
    return Thick(degrade(truth, grid), truth, transform)


def boxed(volume: Volume, head: Volume) -> Volume:
    """Return the box around the centre of a head."""
    inside = np.argwhere(brain_or_head_mask(head.data))
    centre = (inside.min(axis=0) + inside.max(axis=0)) // 2
    sizes = [min(n, m // SLICES * SLICES) for n, m in zip(BOX, head.shape, strict=True)]
    cuts = []
    for middle, size, whole in zip(centre, sizes, head.shape, strict=True):
        start = int(np.clip(middle - size // 2, 0, whole - size))
        cuts.append(slice(start, start + size))
    box = (cuts[0], cuts[1], cuts[2])
    return volume.with_data(volume.data[box], volume.grid.cropped(box))


def half_a_slice(reference: Volume) -> list[Thick]:
    """Return two axial scans, of which the second is shifted by half a slice, as it states."""
    first, box = boxed(reference, reference), []
    for axis, size in enumerate(first.shape):
        box.append(slice(SLICES // 2, size - SLICES + SLICES // 2) if axis == 2 else slice(None))
    cut = (box[0], box[1], box[2])
    later = first.with_data(first.data[cut], first.grid.cropped(cut))
    identity = RigidTransform.identity()
    return [
        Thick(degrade(each, each.grid.coarsened((1, 1, SLICES))), each, identity)
        for each in (first, later)
    ]


def biased(scans: Sequence[Thick]) -> list[Thick]:
    """Return the scans with the intensities of other coils, but for the first one."""
    found = list(scans[:1])
    for each in scans[1:]:
        i, j, k = np.meshgrid(*(np.linspace(-1, 1, n) for n in each.scan.shape), indexing="ij")
        field = 1.4 * np.exp(0.2 * i - 0.15 * j**2 + 0.1 * k * i)
        scan = each.scan.with_data(each.scan.data * field)
        found.append(Thick(scan, each.truth, each.transform))
    return found


def psnr(estimate: Volume, truth: Volume, scan: Volume) -> float:
    """Return PSNR inside the head, dB."""
    case = Simulated(Pair(scan, truth.grid), truth)
    return float(str(score(estimate, case)["psnr"]))


def error_mm(found: RigidTransform, true: RigidTransform, reference: Volume) -> float:
    """Return the root mean square displacement between two motions inside the head, mm."""
    indices = np.argwhere(brain_or_head_mask(reference.data))[::50]
    points = indices @ reference.affine[:3, :3].T + reference.affine[:3, 3]
    away = found.apply(points) - true.apply(points)
    return float(np.sqrt(np.square(away).sum(axis=1).mean()))


@dataclass(frozen=True, eq=False)
class Single:
    """One scan by itself: PSNR on its own grid and on that of the first one, and seconds."""

    own: float
    placed: float
    seconds: float


def singles(scans: Sequence[Thick], guide: Volume | None) -> list[Single]:
    """Return what each scan gives by itself."""
    found = []
    for each in scans:
        done, seconds = run(each.scan, guide)
        placed = resample(done.volume, scans[0].truth.grid, each.transform)
        psnrs = (
            psnr(done.volume, each.truth, each.scan),
            psnr(placed, scans[0].truth, scans[0].scan),
        )
        found.append(Single(*psnrs, seconds))
    return found


def run(
    scans: Volume | list[Volume], guide: Volume | None, settings: EnhanceSettings | None = None
) -> tuple[Enhanced, float]:
    """Enhance one scan or several to 1 mm; return the result and processor seconds."""
    start = time.process_time()
    contrasts = ("T2w", None if guide is None else "T1w")
    settings = EnhanceSettings() if settings is None else settings
    done = enhance(scans, guide, spacing=1, contrasts=contrasts, settings=settings)
    return done, time.process_time() - start


def joined(
    scans: Sequence[Thick],
    guide: Volume | None,
    alone: Sequence[Single],
    settings: EnhanceSettings | None = None,
) -> Row:
    """Return the scores of a joint estimate beside those of its scans."""
    done, seconds = run([each.scan for each in scans], guide, settings)
    truth, alone = scans[0].truth, alone[: len(scans)]
    found = psnr(done.volume, truth, scans[0].scan)
    best, placed = (max(each) for each in zip(*((s.own, s.placed) for s in alone), strict=True))
    pairs = list(zip(done.scans, scans, strict=True))
    return {
        "guided": guide is not None, "scans": len(scans), "psnr": found,
        "psnr_best_single": best, "psnr_best_single_placed": placed, "gain": found - best,
        "motion_error_mm": max(error_mm(s.transform, t.transform, truth) for s, t in pairs),
        "ratio": done.scans[-1].ratio,
        "residual": max(scan.residual for scan in done.scans),
        "seconds": seconds, "times_one": seconds / float(np.mean([s.seconds for s in alone])),
    }  # fmt: skip


def measured(guide: Volume, reference: Volume) -> Iterator[tuple[str, Row]]:
    """Yield the name and the scores of each case."""
    identity, centre = RigidTransform.identity(), reference.grid.centre
    motions = [identity, motion(1, centre), motion(2, centre)]
    scans = [thick(reference, axis, m) for axis, m in zip(AXES, motions, strict=True)]
    near = boxed(guide, reference)
    for given in (None, near):
        alone = singles(scans, given)
        for count in (2, 3):
            yield "moved", joined(scans[:count], given, alone)
        if given is None:
            yield "moved, another field", joined(biased(scans), given, alone)
            yield "moved, without agreement", joined(scans, given, alone, UNPROJECTED)
            yield "moved, headers trusted", joined(scans, given, alone, TRUSTED)
            shifted = half_a_slice(reference)
            yield "half a slice apart", joined(shifted, given, singles(shifted, given))


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/ and labels/.")],
    only: Annotated[str | None, typer.Option(help="One image, by name.")] = None,
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
) -> None:
    """Join scans of every image and case."""
    rows: list[Row] = []
    for name, guide, reference in images(data):
        if only not in (None, name):
            continue
        for case, found in measured(guide, reference):
            row: Row = {"scan": name, "case": case, **found}
            typer.echo(
                ", ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values())
            )
            rows.append(row)
    write_rows(rows, results / "joined.csv")
    settings = {"slices": SLICES, "moved_mm": MOVED_MM, "moved_degrees": MOVED_DEGREES, "box": BOX}
    write_summary({"rows": len(rows), **settings}, results / "joined.json")


if __name__ == "__main__":
    typer.run(main)
