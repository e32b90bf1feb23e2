"""Fixtures of all tests, those of the studies too; a warning for each group that was skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import jaxtyping
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from scipy import ndimage

from cohort_scenes import SUBJECTS, scene, tiny_plan, tiny_recipe, write_subject
from crossres.inference import Cascade
from crossres.io import write
from crossres.networks import GuidedRDN
from crossres.physics import degrade
from crossres.volume import Grid, Volume
from crossres.weights import WeightCard, save_weights

# A machine that is busy with something else is slow, and no reason for a test to fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Several test processes with a thread pool each compete for the same cores and run far slower.
torch.set_num_threads(1)

_REPOSITORY = Path(__file__).resolve().parent


def _data_root() -> Path:
    return Path(os.environ.get("CROSSRES_DATA", _REPOSITORY.parent / "shared" / "data"))


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Switch the check of annotations off, for calls that they forbid but untyped programs make."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Return the folder with the real scans of docs/results/data.md, or skip."""
    root = _data_root()
    if not (root / "cohort").is_dir():
        pytest.skip(
            f"REAL DATA MISSING: no scans in {root}; set CROSSRES_DATA (see docs/results/data.md)"
        )
    return root


def card(guide: str | None) -> WeightCard:
    """Return a card for the little network below."""
    return WeightCard(
        name="tiny",
        description="for tests",
        target="T2w",
        guide=guide,
        network="guided-rdn",
        network_settings={
            "blocks": 1, "layers": 1, "width": 4, "norm": "none", "guided": guide is not None,
        },
        stage_factor=2.0,
        deblur_noise=0.0,
        back_projection={"kind": "exact"},
        factors=(2.0, 4.0),
        spacing_mm=(2.0, 4.0),
        acquisition="Gaussian",
        data="none",
        licence="Apache-2.0",
        commands=(),
        seed=0,
        commit="",
        results={},
    )  # fmt: skip


def save_tiny(path: Path, *, guide: str | None) -> Path:
    """Write untrained weights."""
    torch.manual_seed(0)
    network = GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guide is not None)
    save_weights(Cascade((network,)), card(guide), path)
    return path


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Write untrained weights with and without a guide, once."""
    folder = tmp_path_factory.mktemp("weights")
    return SimpleNamespace(
        guided=save_tiny(folder / "tiny.safetensors", guide="T1w"),
        unguided=save_tiny(folder / "unguided.safetensors", guide=None),
    )


@pytest.fixture(scope="session")
def tiny_scans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a little guide and, twice as coarse, two targets of the same head, once."""
    folder = tmp_path_factory.mktemp("tiny")
    grid = Grid((24, 24, 6), np.diag([2.0, 2.0, 4.0, 1.0]))
    blobs = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), 1.5)
    i, j, _ = np.indices(grid.shape)
    inside = (i - 11.5) ** 2 + (j - 11.5) ** 2 < 100
    tissue = inside * (1 + np.digitize(blobs / blobs.std(), (-0.5, 0.5)))
    levels = {"T1w": (0, 300, 700, 500), "T2w": (0, 900, 300, 600), "FLAIR": (0, 100, 400, 800)}
    for contrast, values in levels.items():
        image = Volume(np.array(values, dtype=np.float32)[tissue], grid, stored_dtype="int16")
        coarse = image if contrast == "T1w" else degrade(image, grid.coarsened((2, 2, 1)))
        write(coarse, folder / f"{contrast}.nii.gz")
    return {contrast: folder / f"{contrast}.nii.gz" for contrast in levels}


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a cohort of tiny skull-stripped scenes under BIDS names, once; not to be changed."""
    folder = tmp_path_factory.mktemp("data") / "cohort"
    for seed, name in enumerate(SUBJECTS):
        write_subject(folder, name, seed)
    return folder


@pytest.fixture
def tiny() -> SimpleNamespace:
    """Return functions that make recipes tiny, draw a scene, and write one more subject."""
    return SimpleNamespace(plan=tiny_plan, recipe=tiny_recipe, scene=scene, write=write_subject)


Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path, tiny_scans: dict[str, Path]) -> Build:
    """Return a function that makes a BIDS dataset of tiny scans with these names.

    A name is what stands below the root without its ending: ``sub-01/anat/sub-01_T2w``.
    """

    def dataset(*names: str, root: Path | None = None, description: str | None = None) -> Path:
        folder = root or tmp_path / "study"
        folder.mkdir(parents=True, exist_ok=True)
        text = '{"Name": "Study", "BIDSVersion": "1.10.0"}' if description is None else description
        if text:
            (folder / "dataset_description.json").write_text(text)
        for name in names:
            path = folder / name if ".nii" in name else folder / f"{name}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            contrast = path.name.split(".")[0].rsplit("_", 1)[-1]
            shutil.copy(tiny_scans.get(contrast, tiny_scans["T2w"]), path)
        return folder

    return dataset


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Warn of skipped tests: without scans, a browser, a GPU or a validator."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for word, what, remedy in (
        ("REAL DATA", "on real scans", "set CROSSRES_DATA"),
        ("NO CHROMIUM", "in a browser", "install chromium and chromium-driver"),
        ("NO GPU", "on a GPU", "run them on a machine with one"),
        ("BIDS VALIDATOR", "of valid BIDS", "install bids-validator-deno"),
        ("TOOL MISSING", "of the container", "pip install '.[dev]'"),
        ("DICOM VALIDATOR", "of valid DICOM", "install dicom3tools"),
    ):
        missing = sum(word in reason for reason in skipped)
        if missing:
            terminalreporter.write_line(
                f"WARNING: {missing} tests {what} did NOT run; {remedy}", red=True
            )
