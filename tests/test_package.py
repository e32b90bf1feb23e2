"""``import crossres`` is light, and everything it names is there."""

import json
import subprocess
import sys

import pytest
from packaging.version import Version

import crossres

HEAVY = (
    "torch",
    "SimpleITK",
    "matplotlib",
    "nibabel",
    "pydicom",
    "scipy",
    "pydantic",
    "safetensors",
)


def modules_after(statement: str) -> set[str]:
    """Return all modules that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after a statement."""
    return {name.split(".")[0] for name in modules_after(statement)}


def test_import_is_light():
    assert not set(HEAVY) & loaded_by("import crossres")


def test_grids_and_volumes_are_light():
    assert not set(HEAVY) & loaded_by("from crossres import Grid, Pair, Volume")


def modules_loaded_by(statement: str) -> set[str]:
    """Return the modules of crossres that a fresh interpreter has after a statement."""
    return {name for name in modules_after(statement) if name.split(".")[0] == "crossres"}


@pytest.mark.parametrize(
    "statement",
    [
        "from crossres import Blend",
        "from crossres import load_weights; load_weights('t1-t2-axial-x2')",
        "from crossres.inference import enhance, super_resolve",
    ],
)
def test_inference_loads_neither_training_nor_formats(statement: str) -> None:
    assert not {"nibabel", "pydicom"} & loaded_by(statement)
    packages = {name.split(".")[1] for name in modules_loaded_by(statement) if "." in name}
    assert not {"training", "io", "workflows", "report", "cli"} & packages


@pytest.mark.parametrize("module", ["io.describing", "inference.method", "registration.alignment"])
def test_the_fit_of_a_spectrum_alone_loads_the_optimiser(module: str) -> None:
    assert "scipy.optimize" not in modules_after(f"import crossres.{module}")


def test_a_blend_loads_few_modules() -> None:
    assert len(modules_loaded_by("from crossres import Blend")) <= 22


def test_unknown_names():
    with pytest.raises(AttributeError, match="module 'crossres' has no attribute 'enhanse'"):
        _ = crossres.enhanse


def test_dir_lists_the_public_names():
    assert dir(crossres) == sorted(crossres.__all__)


def test_has_a_version():
    assert len(Version(crossres.__version__).release) == 3


@pytest.mark.parametrize("name", crossres.__all__)
def test_public_names_are_there(name):
    assert getattr(crossres, name) is not None
    if name != "__version__":
        assert getattr(crossres, name).__doc__
