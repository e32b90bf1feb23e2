"""--json prints one document on stdout, with the version, and nothing else there."""

import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crossres.io import read
from dicom_files import write_files

Run = Callable[..., Any]


def document(done: Any) -> dict[str, Any]:
    """Return the document of a command, which is all that it printed on stdout."""
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    assert found["crossres"] == metadata.version("crossres")
    return found


def test_info(run: Run, files: SimpleNamespace) -> None:
    found = document(run("info", files.target, "--json"))
    assert (found["file"], found["shape"]) == ("T2.nii.gz", [24, 24, 24])
    assert found["spacing_mm"] == [4.0, 4.0, 2.0]
    assert found["axes"] == "RAS"


def test_info_of_dicom(run: Run, files: SimpleNamespace) -> None:
    folder, scan = files.folder / "Jane Doe", read(files.target)
    write_files(folder, scan.with_data(np.rint(scan.data)), "T2 tse")
    done = run("info", folder, "--json")
    [series] = document(done)["series"]
    assert (series["series"], series["images"], series["problem"]) == ("T2 tse", 24, None)
    assert series["spacing_mm"] == pytest.approx([4, 4, 2])
    one = run("info", folder, "--series", "T2", "--json")
    assert document(one)["series"] == "T2 tse"
    assert "Jane" not in done.out + one.out


def test_evaluate(run: Run, files: SimpleNamespace) -> None:
    words = ["evaluate", files.guide, "--reference", files.reference, "--json"]
    output = files.folder / "scores.json"
    found = document(run(*words, "-o", output, "-q"))
    assert {"crossres": found.pop("crossres")} | json.loads(output.read_text()) == {
        "crossres": metadata.version("crossres"), **found,
    }  # fmt: skip
    assert found["scores"]["estimate"]["slices"] > 0


def test_register(run: Run, files: SimpleNamespace, shifted_guide: Path) -> None:
    words = ["register", shifted_guide, "--to", files.reference, "-o", files.output, "--json"]
    found = document(run(*words))
    assert found["translation_mm"] == pytest.approx([4, 0, 0], abs=0.5)
    assert found["result"]["file"] == files.output.name
    assert files.output.is_file()


def test_an_error_prints_no_document(run: Run, files: SimpleNamespace) -> None:
    done = run("info", files.folder / "none.nii.gz", "--json")
    assert (done.code, done.out) == (2, "")
    assert "none.nii.gz" in done.error
