"""Text of options becomes numbers and names; what cannot be read is refused."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from crossres.cli.options import (
    check_maps,
    examples,
    numbers,
    optional_numbers,
    set_threads,
    weights_names,
)
from crossres.io import read_grid
from crossres.types import SettingsError

Run = Callable[..., Any]


@pytest.mark.parametrize("text", ["4,4,1", "4x4x1", " 4, 4 ,1.0"])
def test_numbers_are_separated_by_commas(text: str) -> None:
    assert numbers(text, "factor") == (4.0, 4.0, 1.0)


@pytest.mark.parametrize("text", ["four", "", "4,,1", "4;4"])
def test_other_text_is_refused_with_the_name_of_the_parameter(text: str) -> None:
    with pytest.raises(SettingsError, match=r"`spacing`.*give such as"):
        numbers(text, "spacing")


def test_no_text_is_no_number() -> None:
    assert optional_numbers(None, "factor") is None
    assert optional_numbers("2", "factor") == (2.0,)


def test_names_of_weights() -> None:
    assert weights_names(None) == ()
    assert weights_names("a,b.safetensors") == ("a", "b.safetensors")


def test_the_influence_of_the_guide_requires_maps() -> None:
    check_maps(guide_influence=True, maps=True)
    check_maps(guide_influence=False, maps=False)
    with pytest.raises(SettingsError, match="add `maps`"):
        check_maps(guide_influence=True, maps=False)


def test_threads_are_limited_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []
    monkeypatch.setattr("torch.set_num_threads", limits.append)
    set_threads(None)
    set_threads(3)
    assert limits == [3]


def test_examples_end_the_help() -> None:
    assert examples("crossres info a.nii").splitlines()[1] == "  crossres info a.nii"


TRUSTING = {
    "info": ["{scan}"],
    "degrade": ["{scan}", "--factor", "2,2,1", "-o", "{out}"],
    "enhance": ["{scan}", "--factor", "2,2,1", "--weights", "{weights}", "-o", "{out}"],
    "register": ["{guide}", "--to", "{scan}", "-o", "{out}"],
    "evaluate": ["{scan}", "--reference", "{scan}"],
}


def with_two_places(path: Path) -> None:
    """Move the qform of a file by 6 mm."""
    image = nib.load(path)
    qform = image.affine.copy()
    qform[0, 3] += 6
    image.set_qform(qform, 1)
    image.set_data_dtype(np.float32)
    nib.save(nib.Nifti1Image(image.get_fdata(), None, image.header), path)


@pytest.mark.parametrize("verb", TRUSTING)
def test_every_verb_warns_of_two_places_unless_one_is_trusted(
    run: Run, files: SimpleNamespace, verb: str
) -> None:
    with_two_places(files.target)
    names = {
        "{scan}": files.target, "{guide}": files.guide, "{weights}": files.unguided,
        "{out}": files.output,
    }  # fmt: skip
    given = [verb, *(names.get(word, word) for word in TRUSTING[verb])]
    assert "differ by up to 6 mm; the sform is used; choose with --trust" in run(*given).err
    sform = read_grid(files.output).centre if "-o" in given else None
    trusting = run(*given, "--trust", "qform", *["--overwrite"] * ("-o" in given))
    assert trusting.code == 0
    assert "differ by" not in trusting.err
    if sform is not None:
        moved = np.subtract(read_grid(files.output).centre, sform)
        np.testing.assert_allclose(moved, (6, 0, 0), atol=1e-3)


def test_a_scan_without_a_place_gets_a_result_without_one(run: Run, files: SimpleNamespace) -> None:
    for path in (files.target, files.guide):
        image = nib.load(path)
        image.set_sform(None, 0)
        image.set_qform(None, 0)
        nib.save(image, path)
    for verb in ("degrade", "enhance", "register"):
        given = [
            {"{scan}": files.target, "{guide}": files.guide, "{weights}": files.unguided,
             "{out}": files.output}.get(word, word)
            for word in TRUSTING[verb]
        ]  # fmt: skip
        done = run(verb, *given, "--overwrite")
        assert done.code == 0, done.err
        assert "left and right are not known" in done.err
        header = nib.load(files.output).header
        assert (int(header["sform_code"]), int(header["qform_code"])) == (0, 0)
