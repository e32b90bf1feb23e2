"""What enhancing does to measurements, against the same measurements on the truth.

    python -m studies.downstream --data DATA

Scans of subjects with lesions are degraded 2x and 4x in the plane, and to slices of 4 mm. The
result of each method is measured: tissue classes (Atropos of ANTs, beside the T1w and alone),
volume and contrast of the lesion, the motion that a registration of the T1w finds, and the width of
edges. Needs an environment with antspyx. What was measured before is not measured again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy import ndimage
from studies.downstream.edges import edge_widths
from studies.downstream.lesions import contrast, dice, marked, surroundings
from studies.downstream.scans import LesionScan, lesion_scans
from studies.downstream.tissues import compare, segment
from studies.joined import error_mm, motion
from studies.peers.methods import METHODS

from crossres.files import read_json, write_json
from crossres.registration import RigidTransform, register_rigid
from crossres.reproduction.aligned import ALIGNED
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.scoring import Row
from crossres.types import SettingsError
from crossres.volume import Grid, Volume

ENHANCED = ("cubic", "crossres-unguided", "crossres")
TRUTH = "truth"
RIM_VOXELS = 2
"""Around the lesion that is left out of the tissue classes."""
SEED = 0
"""Of the motion of the T1w: 2 mm and 2 degrees."""


def estimates(scan: LesionScan, data: Path, runs: Path) -> dict[str, Volume]:
    """Return the result of each method, and the truth last."""
    found = {name: METHODS[name](scan.inputs, data, runs)() for name in ENHANCED}
    return {**found, TRUTH: scan.truth}


def lesion_rows(scan: LesionScan, images: dict[str, Volume]) -> dict[str, Row]:
    """Return error of the volume, Dice and contrast, relative to the truth, by method."""
    lesion, truth = scan.lesion, scan.truth.data
    around = surroundings(lesion, scan.truth)
    true, height = marked(truth, lesion, around, truth), contrast(truth, lesion, around)
    found: dict[str, Row] = {}
    for name, image in images.items():
        own = marked(image.data, lesion, around, truth)
        found[name] = {
            "lesion_volume": 100 * (int(own.sum()) / int(true.sum()) - 1),
            "lesion_dice": dice(own, true),
            "lesion_contrast": 100 * (contrast(image.data, lesion, around) / height - 1),
        }
    return found


def registration_rows(scan: LesionScan, images: dict[str, Volume]) -> dict[str, Row]:
    """Return how far the T1w is placed from where the truth places it, mm, by method."""
    guide = _moved(scan.t1w)
    found = {name: register_rigid(guide, to=image).transform for name, image in images.items()}
    true = found[TRUTH]
    return {
        name: {"registration_mm": error_mm(transform, true, scan.truth)}
        for name, transform in found.items()
    }


def _moved(volume: Volume) -> Volume:
    """Return a volume whose header places it elsewhere."""
    centre = volume.affine[:3, :3] @ (np.array(volume.shape) / 2) + volume.affine[:3, 3]
    moved: RigidTransform = motion(SEED, (centre[0], centre[1], centre[2]))
    grid = Grid(volume.shape, moved.matrix @ volume.affine, volume.grid.profiles)
    return volume.with_data(volume.data, grid)


def tissue_rows(
    scan: LesionScan, images: dict[str, Volume], python: Path, work: Path
) -> dict[str, Row]:
    """Return Dice and errors of volumes of the tissues outside the lesion, by method."""
    guide = scan.inputs.pair.guide
    assert guide is not None  # subjects of the cohort have one
    rim = ndimage.binary_dilation(scan.lesion, iterations=RIM_VOXELS)
    mask = np.asarray((scan.truth.data > 0) & (guide.data > 0) & ~rim)
    found: dict[str, Row] = {name: {} for name in images}
    for kind, classes in segment(images, guide, mask, python, work).items():
        for name, own in classes.items():
            measured = compare(own, classes[TRUTH])
            found[name] |= {f"{column}_{kind}": value for column, value in measured.items()}
    return found


def measure(scan: LesionScan, images: dict[str, Volume], python: Path, work: Path) -> list[Row]:
    """Return a row of all measurements for each method."""
    data = [image.data for image in images.values()]
    edges = dict(zip(images, edge_widths(data, scan.truth, scan.axes), strict=True))
    parts = (
        lesion_rows(scan, images),
        registration_rows(scan, images),
        tissue_rows(scan, images, python, work),
    )
    return [
        {"method": name, "edge_mm": edges[name]} | {k: v for p in parts for k, v in p[name].items()}
        for name in images
    ]


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/.")],
    tools: Annotated[Path, typer.Option(help="Virtual environment `ants` in it.")] = Path(
        "/opt/peers"
    ),
    runs: Annotated[Path, typer.Option(help="Trainings and motions.")] = Path("runs"),
    work: Annotated[Path, typer.Option(help="Measurements of each scan.")] = Path(
        "runs/downstream"
    ),
    results: Annotated[Path, typer.Option()] = Path("results/comparison"),
) -> None:
    """Measure all scans."""
    python = tools / "ants" / "bin" / "python"
    if not python.exists():
        raise SettingsError(f"{python} is missing; install antspyx as studies/README.md describes")
    rows: list[Row] = []
    for name, task, make in lesion_scans(data, runs / ALIGNED):
        kept = work / f"{name}_{task.replace(' ', '-')}.json"
        if not kept.exists():
            scan = make()
            images = estimates(scan, data, runs)
            found = measure(scan, images, python, work / "tissue")
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_json({"rows": found}, kept)
        rows += [{"task": task, "case": name, **row} for row in read_json(kept)["rows"]]
        typer.echo(f"{name}, {task}: {rows[-2]}")
    write_rows(rows, results / "downstream.csv")
    write_summary({"rows": len(rows)}, results / "downstream.json")


if __name__ == "__main__":
    typer.run(main)
