"""Files with the names used on the pages, for the blocks of code that take them for given."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage

from crossres.cli import main
from crossres.inference import Cascade
from crossres.io import write
from crossres.networks import NETWORKS
from crossres.physics import degrade
from crossres.registration import RigidTransform
from crossres.registration.transform_file import write_itk
from crossres.report.slices import Plane
from crossres.viewer import Viewer
from crossres.volume import Grid, Volume
from crossres.weights import read_card, save_weights, shipped_names
from crossres.weights.index import INDEX, shipped_folder
from crossres.workflows import demo as demonstration
from demonstrations import small_demonstration
from dicom_files import write_files

_SMALL = {"blocks": 1, "layers": 1, "width": 4, "norm": "none"}


def scene() -> dict[str, Volume]:
    """Return an ellipsoid with random tissue: T1w, FLAIR and reference."""
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-31, -31, -15)
    grid = Grid((32, 32, 16), affine)
    blobs = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), 2.0)
    radius = sum(((n + 0.5 - s / 2) / (0.4 * s)) ** 2 for n, s in _indices(grid))
    tissue = (radius < 1) * (1 + np.digitize(blobs / blobs.std(), (-0.5, 0.5)))
    levels = {"T1": (0, 300, 700, 500), "FLAIR": (0, 100, 400, 800), "HR": (0, 900, 300, 600)}
    return {
        name: Volume(np.array(values, dtype=np.float32)[tissue], grid, stored_dtype="uint16")
        for name, values in levels.items()
    }


def _indices(grid: Grid) -> list[tuple[np.ndarray, int]]:
    return list(zip(np.indices(grid.shape), grid.shape, strict=True))


def small_networks(folder: Path) -> Path:
    """Write for each of the shipped weights an untrained small network with the same card."""
    folder.mkdir()
    shutil.copy(shipped_folder() / INDEX, folder)
    for name in shipped_names():
        card = read_card(name)
        settings = {**card.network_settings, **_SMALL}
        torch.manual_seed(0)
        cascade = Cascade((NETWORKS[card.network](**settings),))
        small = card.model_copy(update={"network_settings": settings})
        save_weights(cascade, small, folder / f"{name}.safetensors")
    return folder


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write networks of negligible run time, once."""
    return small_networks(tmp_path_factory.mktemp("networks") / "shipped")


@pytest.fixture
def quick(networks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the shipped weights by small networks: pages are tested for function, not quality."""
    monkeypatch.setattr("crossres.weights.index.shipped_folder", lambda: networks)


def middle(volume: Volume, count: int = 1) -> dict[Plane, tuple[float, ...]]:
    """Return one place in each plane, whatever the count."""
    return {"axial": (0.5,), "coronal": (0.5,), "sagittal": (0.5,)}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use small phantoms and small pictures; start no server, no browser, no progress."""
    monkeypatch.setattr(demonstration, "Demonstration", small_demonstration)
    monkeypatch.setattr("crossres.report.pictures._DPI", 40)
    monkeypatch.setattr("crossres.report.slices.informative_fractions", middle)
    monkeypatch.setattr(Viewer, "run", lambda self: self._listener.close())
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    monkeypatch.setattr("crossres.cli.messages._SECONDS_BETWEEN_LINES", math.inf)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, networks: Path) -> Path:
    """Write everything that the pages take for given, once."""
    folder = tmp_path_factory.mktemp("prepared")
    scans = scene()
    reference = scans["HR"]
    scans["T2"] = scans["LR"] = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    scans["thick_T2"] = degrade(reference, reference.grid.coarsened((1, 1, 4)))
    for plane, factors in (("ax", (1, 1, 2)), ("cor", (1, 2, 1)), ("sag", (2, 1, 1))):
        scans[f"T2_{plane}"] = degrade(reference, reference.grid.coarsened(factors))
    coarse = degrade(reference, reference.grid.coarsened((1, 1, 2)))
    scans["T2_2x2x3mm"] = scans["T2_4x4x3mm"] = coarse
    scans["brain"] = reference.with_data((reference.data > 0).astype(np.float32))
    for name, volume in scans.items():
        write(volume, folder / f"{name}.nii.gz")
    write(scans["T2"], folder / "T2.mgz")
    write(scans["T1"], folder / "T1.nrrd")
    rows = ["target,guide,output", "T2.nii.gz,T1.nii.gz,a.nii.gz", "T2_ax.nii.gz,,b.nii.gz"]
    (folder / "cases.csv").write_text("\n".join(rows))
    write_itk(RigidTransform.identity(), folder / "T1.tfm")
    _name_as_bids_does(folder)
    for place in ("export", "exports/sub-01", "exports/sub-02"):
        _export(folder / place, scans)
    weights = networks / "t1-t2-axial-x2.safetensors"
    for name in ("my", "mine"):
        shutil.copy(weights, folder / f"{name}.safetensors")
    words = [folder / "T2.nii.gz", "--guide", folder / "T1.nii.gz", "--factor", "2", "--maps"]
    line = ["enhance", *words, "--weights", weights, "-o", folder / "SR.nii.gz", "--quiet"]
    assert main([str(word) for word in line]) == 0
    return folder


def _name_as_bids_does(folder: Path) -> None:
    """Make folders for training, and a dataset that matches every filter on the pages."""
    study = "study/sub-01/ses-2024/anat/sub-01_ses-2024_"
    copies = {
        "T1": ["scans/sub-01_T1w", "thick/sub-01_T1w", f"{study}acq-highres_T1w"],
        "T2": ["scans/sub-01_T2w", f"{study}run-1_T2w"],
        "thick_T2": ["thick/sub-01_T2w"],
        "FLAIR": [f"{study}FLAIR"],
    }
    for name, places in copies.items():
        for place in places:
            path = folder / f"{place}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / f"{name}.nii.gz", path)
    description = {"Name": "Study", "BIDSVersion": "1.10.0"}
    (folder / "study" / "dataset_description.json").write_text(json.dumps(description))


def _export(folder: Path, scans: dict[str, Volume]) -> None:
    for name, description in (("T2", "T2 tse"), ("T1", "T1 mprage")):
        volume = scans[name]
        write_files(folder, volume.with_data(np.rint(volume.data)), description)


@pytest.fixture
def fresh_folder(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Return a function that changes into a new folder with the prepared files; home is empty."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def enter() -> None:
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(tmp_path / "work", ignore_errors=True)
        shutil.copytree(prepared, tmp_path / "work")
        monkeypatch.chdir(tmp_path / "work")

    return enter
