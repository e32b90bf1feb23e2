"""Inputs that all cases share, and earlier results that some of them mutate; made once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np

from fuzz.case import Truth
from fuzz.scenes import head, save_tiny
from fuzz.server import Server

SUBJECTS = ("sub-01", "sub-02")
DESCRIPTION = {"Name": "Study", "BIDSVersion": "1.10.0", "DatasetType": "raw"}


def write_scan(path: Path, scan: Truth) -> None:
    """Write a valid NIfTI file, independent of the package's writer."""
    image = nib.Nifti1Image(scan.data, scan.affine)
    image.set_sform(scan.affine, 1)
    image.set_qform(scan.affine, 1)
    image.header.set_xyzt_units("mm", "sec")
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)


def write_dataset(root: Path) -> None:
    """Write a BIDS dataset of two subjects."""
    for seed, name in enumerate(SUBJECTS):
        for guide, contrast in ((False, "T2w"), (True, "T1w")):
            path = root / name / "anat" / f"{name}_{contrast}.nii.gz"
            write_scan(path, head(guide, seed))
            sidecar = {"EchoTime": 0.1, "SkullStripped": True}
            path.with_name(f"{name}_{contrast}.json").write_text(json.dumps(sidecar))
    (root / "dataset_description.json").write_text(json.dumps(DESCRIPTION))


def cohort_words(dataset: Path, out: Path, templates: Path) -> tuple[str, ...]:
    """Return the command for a dataset."""
    weights = str(templates / "tiny.safetensors")
    options = ("--factor", "2", "--weights", weights, "--no-register", "--device", "cpu", "-q")
    return ("cohort", str(dataset), str(out), *options)


def train_words(scans: Path) -> tuple[str, ...]:
    """Return the command for a training of two steps, in the folder for outputs."""
    options = ("--factor", "2", "--steps", "2", "--guide", "none", "--device", "cpu", "-q")
    return ("train", str(scans), *options, "-o", "my.safetensors", "--work", "work")


def prepare(folder: Path, server: Server) -> None:
    """Make the shared inputs and results, if they are not there yet.

    Raises:
        RuntimeError: A command fails on valid inputs.
    """
    if (folder / "done").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("log", "trained", "scans"):
        (folder / name).mkdir(parents=True)
    write_scan(folder / "t2.nii.gz", head())
    write_scan(folder / "t1.nii.gz", head(guide=True))
    save_tiny(folder / "tiny.safetensors", guided=True)
    save_tiny(folder / "unguided.safetensors", guided=False)
    write_dataset(folder / "study")
    shutil.copy(folder / "t2.nii.gz", folder / "scans" / f"{SUBJECTS[0]}_T2w.nii.gz")
    scan, weights = str(folder / "t2.nii.gz"), str(folder / "unguided.safetensors")
    enhance = ("enhance", scan, "--weights", weights, "--factor", "2", "-o", "sr.nii.gz", "--maps")
    (folder / "enhanced").mkdir()
    _run(server, (*enhance, "-q"), folder / "enhanced")
    _run(server, train_words(folder / "scans"), folder / "trained")
    words = cohort_words(folder / "study", folder / "derivatives", folder)
    _run(server, (*words, "--maps"), folder)
    (folder / "done").touch()


def _run(server: Server, words: tuple[str, ...], where: Path) -> None:
    log = where if (where / "log").is_dir() else where.parent
    ended = server.run(words, where, log / "log")
    if ended.code != 0:
        raise RuntimeError(f"{' '.join(words)} failed on valid inputs: {ended.stderr}")


def values(image: Path) -> np.ndarray:
    """Return the voxels of a NIfTI file."""
    data: np.ndarray = nib.load(image).get_fdata()
    return data
