"""``import crossres`` is light, and everything it names is there."""

import json
import subprocess
import sys

import pytest

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


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_import_is_light():
    assert not set(HEAVY) & loaded_by("import crossres")


def test_grids_and_volumes_are_light():
    assert not set(HEAVY) & loaded_by("from crossres import Grid, Pair, Volume")


def test_unknown_names():
    with pytest.raises(AttributeError, match="'crossres' has no attribute 'enhanse'"):
        _ = crossres.enhanse


def test_dir_lists_the_public_names():
    assert dir(crossres) == sorted(crossres.__all__)


def test_has_a_version():
    assert crossres.__version__.count(".") == 2


@pytest.mark.parametrize("name", crossres.__all__)
def test_public_names_are_there(name):
    assert getattr(crossres, name) is not None
    if name != "__version__":
        assert getattr(crossres, name).__doc__
