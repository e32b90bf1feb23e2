"""Profiles of voxels in the plane: are they found, and what does a wrong one cost?

    python -m studies.plane_profile --data DATA
    python -m studies.plane_profile --data DATA --detection
    python -m studies.plane_profile --data DATA --large-voxels

References are sampled 2x and 4x in the plane: with Gaussian voxels, or from truncated k-space that
was filtered in different ways. Each scan is enhanced as if its voxels were Gaussian, as if they
were band-limited, and with the profile that its spectrum shows. Scans that were interpolated by
zero-filling are enhanced as they are, from the acquired samples that are found, and from the true
ones. ``--detection`` measures the spectra alone, on all scans. ``--large-voxels`` does so on scans
that are sampled 3x and 4x, as far as their voxels are then of 2.1 to 3 mm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from studies.agreement import IN_PLANE, Row, score, truncated
from studies.resolution import scans
from studies.sources import label_sources, unseen

from crossres import EnhanceSettings, enhance
from crossres.inference.assumed_profile import SEPARATIONS
from crossres.inference.plane_profile import with_plane_profiles, without_zero_filling
from crossres.inference.settings import PlaneProfileName
from crossres.io import find_cases, read
from crossres.physics import degrade, interpolate_volume, resolution_of
from crossres.reproduction.records import write_rows, write_summary
from crossres.reproduction.simulated import Simulated
from crossres.types import Array3
from crossres.volume import Pair, Volume

FILTERS = ("none", "Tukey", "Fermi", "Hann")
SLICES = 24
"""Of the middle, so many that the spectra are those of whole scans."""
NOISE = 0.03
"""Share of the brightest tissue."""
ZERO_FILLED = ((4, 2.0), (2, 1.5))
"""Truncation, and voxels per acquired sample."""


def filtered(data: Array3, axis: int, factor: int, name: str) -> Array3:
    """Return an image whose k-space along an axis was filtered within the acquired band."""
    k = np.minimum(np.abs(np.fft.fftfreq(data.shape[axis])) * factor, 0.5)
    kept = {
        "none": np.ones_like(k),
        "Tukey": np.where(k < 0.35, 1, 0.5 + 0.5 * np.cos(np.pi * (k - 0.35) / 0.15)),
        "Fermi": 1 / (1 + np.exp((k - 0.43) / 0.03)),
        "Hann": 0.5 + 0.5 * np.cos(2 * np.pi * k),
    }[name]
    shape = [-1 if a == axis else 1 for a in range(3)]
    return np.asarray(np.fft.ifft(np.fft.fft(data, axis=axis) * kept.reshape(shape), axis=axis))


def sampled(reference: Volume, factor: int, kind: str) -> Volume | None:
    """Return a scan of a kind; None where the factor does not divide the plane."""
    if any(size % factor for size in reference.shape[:2]):
        return None
    scan = degrade(reference, reference.grid.coarsened((factor, factor, 1)))
    if kind == "Gaussian":
        return scan
    data = reference.data.astype(np.complex128)
    for axis in (0, 1):
        data = truncated(filtered(data, axis, factor, kind), axis, factor)
    empty = scan.data < 1e-3 * scan.data.max()
    return scan.with_data(np.where(empty, 0, np.abs(data)).astype(np.float32))


def detection_rows(
    name: str, reference: Volume, factor: int = 2, kinds: Sequence[str] = ("Gaussian", *FILTERS)
) -> Iterator[Row]:
    """Yield the attenuation of each kind of scan, and whether its profile is found."""
    rng = np.random.default_rng(0)
    for kind in kinds:
        scan = sampled(reference, factor, kind)
        if scan is None:
            continue
        for noise in (0.0, NOISE):
            deviation = noise * float(np.percentile(scan.data[scan.data > 0], 98))
            away = rng.normal(0, max(deviation, 1e-9), (2, *scan.shape))
            noisy = np.hypot(scan.data + away[0], away[1]) * (scan.data > 0)
            seen = scan.with_data(noisy.astype(np.float32))
            found = resolution_of(seen, deviation)
            profile = with_plane_profiles(seen, reference.grid, found, "measured").grid.profiles[0]
            axes = [one.attenuation for one in found[:2] if one is not None]
            yield {
                "scan": name, "kind": kind, "noise": noise, "found": profile.shape,
                "attenuation": float(np.mean(axes)),
            }  # fmt: skip


def large_voxel_rows(name: str, reference: Volume) -> Iterator[Row]:
    """Yield the same of scans with large voxels, of which spectra still show a profile."""
    fine, coarse = SEPARATIONS
    for factor in (3, 4):
        if fine.largest < factor * max(reference.spacing[:2]) <= coarse.largest:
            part = divisible(reference, factor)
            yield from detection_rows(f"{name} {factor}x", part, factor, ("Gaussian", "none"))


SPECTRA: dict[str, Callable[[str, Volume], Iterator[Row]]] = {
    "plane-detection": detection_rows,
    "plane-detection-large": large_voxel_rows,
}
"""What measures the spectra alone, by the name of the run."""


def divisible(volume: Volume, factor: int) -> Volume:
    """Return a scan without the last voxels of its plane, so that a factor divides the rest."""
    i, j = (slice(size - size % factor) for size in volume.shape[:2])
    part = (i, j, slice(None))
    return Volume(volume.data[part], volume.grid.cropped(part))


def enhanced_rows(name: str, reference: Volume, factor: int) -> Iterator[Row]:
    """Yield the gains over cubic interpolation with each profile that is assumed."""
    for kind in ("Gaussian", *FILTERS):
        scan = sampled(reference, factor, kind)
        if scan is None:
            continue
        found = with_plane_profiles(scan, reference.grid, resolution_of(scan), "measured")
        gains = {
            "gaussian": _gains(scan, reference, "gaussian"),
            "band-limited": _gains(scan, reference, "band-limited"),
        }
        resampled = without_zero_filling(scan, reference.grid, "measured")[0] is not scan
        gains["measured"] = (
            _gains(scan, reference, "measured")
            if resampled
            else gains[found.grid.profiles[0].shape]
        )
        case: Row = {"scan": f"{name} {factor}x", "kind": kind}
        for choice, row in gains.items():
            yield case | {"assumed": choice} | row


def zero_filled_rows(name: str, reference: Volume) -> Iterator[Row]:
    """Yield the gains on interpolated scans: as they are, from samples found, from true ones."""
    for factor, filling in ZERO_FILLED:
        scan = sampled(reference, factor, "none")
        if scan is None:
            continue
        finer = scan.grid.with_shape(
            (round(scan.shape[0] * filling), round(scan.shape[1] * filling), scan.shape[2])
        )
        data = scan.data.astype(np.complex128)
        for axis in (0, 1):
            data = interpolated(data, axis, finer.shape[axis])
        empty = degrade(reference, finer).data < 1e-3 * reference.data.max()
        filled = Volume(np.where(empty, 0, np.abs(data)).astype(np.float32), finer)
        rows = {
            "as it is": _gains(filled, reference, "gaussian"),
            "samples found": _gains(filled, reference, "measured"),
            "true samples": _gains(scan, reference, "band-limited"),
        }
        case: Row = {"scan": f"{name} {factor}x", "kind": f"zero-filled {filling:g}"}
        for what, row in rows.items():
            yield case | {"assumed": what} | row


def interpolated(data: Array3, axis: int, count: int) -> Array3:
    """Return an image on more voxels over the same field of view, by zero-filling."""
    size = data.shape[axis]
    k = np.fft.fftfreq(size)
    places = ((np.arange(count) + 0.5) * size / count - 0.5)[:, None]
    kernel = np.where(np.abs(k) < 0.5, np.exp(2j * np.pi * places * k), 0) / size
    spectrum = np.moveaxis(np.fft.fft(data, axis=axis), axis, -1)
    return np.asarray(np.moveaxis(spectrum @ kernel.T, -1, axis))


def middle_slices(volume: Volume) -> Volume:
    """Return the axial slices of the middle."""
    start = (volume.shape[2] - SLICES) // 2
    part = slice(start, start + SLICES)
    grid = volume.grid.cropped((slice(None), slice(None), part))
    return Volume(volume.data[:, :, part], grid)


def _gains(scan: Volume, reference: Volume, choice: PlaneProfileName) -> Row:
    settings = EnhanceSettings(plane_profile=choice, noise=0.0)
    done = enhance(scan, spacing=reference.grid.spacing, settings=settings, contrasts=("T2w", None))
    seen = Simulated(Pair(done.pair.target, reference.grid), reference)
    baseline = score(interpolate_volume(scan, reference.grid), seen)
    found = score(done.volume, seen)
    return {
        "profile": done.pair.target.grid.profiles[0].shape,
        "samples": done.pair.target.shape[0],
        "cubic": baseline["psnr"],
        "cubic_eroded": baseline["psnr_eroded"],
        "psnr": found["psnr"],
        "psnr_eroded": found["psnr_eroded"],
        "residual": found["residual"],
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder with cohort/, clinical/ and labels/.")],
    detection: Annotated[bool, typer.Option("--detection", help="The spectra alone.")] = False,
    large_voxels: Annotated[
        bool, typer.Option("--large-voxels", help="The spectra alone, of voxels above 2.1 mm.")
    ] = False,
    results: Annotated[Path, typer.Option()] = Path("results/through_plane"),
) -> None:
    """Measure on all scans whether profiles are found, and on some what they are worth."""
    run = "plane-detection" if detection else "plane-profile"
    run = "plane-detection-large" if large_voxels else run
    rows: list[Row] = []
    if run in SPECTRA:
        for name, reference in scans(data):
            rows += SPECTRA[run](name, reference)
            typer.echo(f"{name}: {rows[-1:]}")
    else:
        for name, reference in references(data):
            rows += zero_filled_rows(name, reference)
            for factor in (2, 4):
                rows += enhanced_rows(name, reference, factor)
            typer.echo(f"{name}: {rows[-1]}")
    write_rows(rows, results / f"{run}.csv")
    write_summary({"rows": len(rows)}, results / f"{run}.json")


def references(data: Path) -> Iterator[tuple[str, Volume]]:
    """Yield name and slices of the middle: cohort, an unseen clinical scan, simulated heads."""
    for case in find_cases(data / "cohort"):
        if case.name in IN_PLANE:
            yield case.name, middle_slices(read(case.target).canonical())
    for source in (*unseen(data), *label_sources(data, (18,))):
        yield source.name, middle_slices(source.images()[1].canonical())


if __name__ == "__main__":
    typer.run(main)
