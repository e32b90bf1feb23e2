"""Draw the two figures of the README with the shipped weights and the default settings.

    python -m studies.readme_figures --data DATA

Both show session sub-12 of ``DATA/clinical`` (docs/results/data.md), on which no shipped weights
were trained. The axial weights were trained on every subject of ``DATA/cohort``, in degraded form.
About five minutes on one core.

- ``x4-shipped.png``: the T2w degraded 4x in its plane and enhanced again, beside the original.
- ``thick-slices.png``: the T2w as acquired, enhanced from slices of 3.3 mm to 1 mm.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image

from crossres import enhance
from crossres.files import atomic
from crossres.inference import Enhanced
from crossres.io import read, write
from crossres.metrics import psnr
from crossres.physics import degrade
from crossres.report import Window
from crossres.report.pictures import comparison
from crossres.report.slices import Box, Slice, slice_panel
from crossres.volume import Grid, Volume, coarse_grid, foreground_mask

SESSION = "clinical/sub-12/ses-1/anat/sub-12_ses-1_"
INPUT, CUBIC, RESULT, GUIDE = "input (nearest)", "interpolated (cubic)", "crossres", "guide"
REFERENCE = "reference"
AXIAL, SAGITTAL = 0.62, 0.46
"""Positions of the slices, as fractions of the field of view: ventricles; near the midline."""
CORTEX = Box(118, 10, 64, 64)
"""The enlarged part of the sagittal slice, mm: parietal cortex and corpus callosum."""


def panels_of(done: Enhanced) -> dict[str, Volume]:
    """Return the volumes that both figures show, on the fine grid."""
    assert done.pair.guide is not None  # the self-validation accepts the guide of this session
    return {
        INPUT: nearest(done.pair.target, done.pair.fine),
        CUBIC: done.interpolated,
        RESULT: done.volume,
        GUIDE: done.pair.guide,
    }


def nearest(volume: Volume, fine: Grid) -> Volume:
    """Return a volume on a finer grid without interpolation, so that its voxels are visible."""
    sizes = zip(volume.grid.shape, fine.shape, strict=True)
    places = [((np.arange(n) + 0.5) * m / n).astype(int) for m, n in sizes]
    return volume.with_data(volume.data[np.ix_(*places)], fine)


def window(volume: Volume) -> Window:
    """Return the 1st and the 99.5th percentile of the head."""
    low, high = np.percentile(volume.data[foreground_mask(volume.data)], (1, 99.5))
    return float(low), float(high)


def windows(volumes: Mapping[str, Volume], measure: str) -> dict[str, Window]:
    """Return one window for the guide, and that of ``measure`` for all other panels."""
    return {name: window(volumes[GUIDE if name == GUIDE else measure]) for name in volumes}


def in_plane(target: Path, guide: Path) -> bytes:
    """Draw an axial slice degraded 4x in its plane, enhanced, and as it was."""
    reference = read(target)
    with tempfile.TemporaryDirectory() as folder:
        degraded = Path(folder) / "degraded_T2w.nii.gz"
        write(degrade(reference, coarse_grid(reference.grid, factor=(4,))), degraded)
        volumes = panels_of(enhance(degraded, guide, factor=4)) | {REFERENCE: reference}
    panels = slice_panel(volumes, "axial", fraction=AXIAL)
    captions = {
        INPUT: "pixels of 2.4 mm",
        CUBIC: decibels(panels[CUBIC], panels[REFERENCE], reference),
        RESULT: decibels(panels[RESULT], panels[REFERENCE], reference),
        GUIDE: "T1w, pixels of 0.9 mm",
        REFERENCE: "pixels of 0.6 mm",
    }
    shown = windows(volumes, REFERENCE)
    return comparison(panels, difference_to=None, captions=captions, windows=shown)


def decibels(panel: Slice, reference: Slice, volume: Volume) -> str:
    """Return the PSNR of a whole slice, relative to the maximum of the reference volume."""
    images = (torch.from_numpy(s.data.copy())[None, None] for s in (panel, reference))
    return f"{float(psnr(*images, data_range=float(volume.data.max()), mask=None)):.1f} dB"


def thick_slices(target: Path, guide: Path) -> bytes:
    """Draw a sagittal slice of a scan with thick axial slices, before and after."""
    volumes = panels_of(enhance(target, guide, spacing=1.0))
    panels = slice_panel(volumes, "sagittal", fraction=SAGITTAL)
    captions = {
        INPUT: "slices of 3.3 mm", CUBIC: "1 mm", RESULT: "1 mm", GUIDE: "T1w, slices of 3 mm",
    }  # fmt: skip
    shown = windows(volumes, CUBIC)
    return comparison(panels, difference_to=None, captions=captions, windows=shown, box=CORTEX)


def compact(png: bytes) -> bytes:
    """Return a picture with a palette of greys and the yellow of the marks: half the size."""
    greys = [(int(g), int(g), int(g)) for g in np.linspace(0, 255, 239)]
    yellows = [(int(255 * t), int(211 * t), int(77 * t)) for t in np.linspace(0.25, 1, 16)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for colour in (*greys, *yellows, (11, 13, 16)) for value in colour])
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    stream = io.BytesIO()
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def main(
    data: Annotated[Path, typer.Option(help="Folder with clinical/ (docs/results/data.md).")],
    out: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("docs/figures"),
) -> None:
    """Enhance one held-out clinical session in two ways and draw both."""
    target, guide = (data / f"{SESSION}{contrast}.nii.gz" for contrast in ("T2w", "T1w"))
    for name, draw in (("x4-shipped", in_plane), ("thick-slices", thick_slices)):
        picture = compact(draw(target, guide))
        with atomic(out / f"{name}.png", overwrite=True) as temporary:
            temporary.write_bytes(picture)


if __name__ == "__main__":
    typer.run(main)
