"""The paragraph states what was done, with versions, checksums and numbers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossres.files import sha256
from crossres.inference.assumed_profile import SEPARATIONS, AssumedProfile
from crossres.io import Input
from crossres.physics import NoiseLevel
from crossres.registration import Registration, RigidTransform
from crossres.report import Inferred, versions
from crossres.weights.store import weights_path
from crossres.workflows.enhance import EnhancedFiles, Request, enhance_files
from crossres.workflows.enhance.methods import REFERENCES, methods_text

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def text(done: EnhancedFiles, inferred: Inferred | None = None, **changes: Any) -> str:
    return methods_text(done.request, done.inputs, replace(done.enhanced, **changes), inferred)


def test_versions_weights_and_voxels_are_stated(done: EnhancedFiles) -> None:
    found = text(done)
    assert found.startswith("The T2w scan (voxels of 4 x 4 x 4 mm) was enhanced to voxels of 2 x 2")
    for name in ("crossres", "torch", "python"):
        assert versions()[name] in found
    assert f"SHA-256 {sha256(weights_path('t1-t2-axial-x2'))[:12]}" in found
    assert "10.1109/TETCI.2022.3215137" in REFERENCES[0]
    numbers = {int(n) for n in ("1", "2") if f"[{n}]" in found}
    assert max(numbers) <= len(REFERENCES)


def test_the_guide_is_described_as_it_was_used(done: EnhancedFiles) -> None:
    assert "The T1w scan of the same subject served as guide, placed by its header." in text(done)
    matrix = np.eye(4)
    matrix[0, 3] = 3.0
    for transform, words in (
        (RigidTransform.identity(), "rigid registration [2] kept the position of its header"),
        (RigidTransform(matrix), "registered rigidly [2] (mean displacement in the head 3.00 mm"),
    ):
        found = Registration(transform, 1.1, 1.2, 0.5, 0.9, "headers", 7)
        aligned = replace(done.enhanced.aligned, registration=found)
        assert words in text(done, aligned=aligned)
    given = replace(done.enhanced.aligned, registration=None, given=RigidTransform(matrix))
    stated = text(done, aligned=given)
    assert "moved by a rigid transform that was given (mean displacement in the head 3.00" in stated
    assert "[2]" not in stated
    left_out = replace(done.enhanced.pair, guide=None)
    assert "was left out" in text(done, pair=left_out)


def test_libraries_are_named_where_they_were_used(done: EnhancedFiles) -> None:
    assert f"NiBabel {versions()['nibabel']}" in text(done)
    assert "SimpleITK" not in text(done)
    found = Registration(RigidTransform.identity(), 1.1, 1.2, 0.5, 0.9, "headers", 7)
    registered = replace(done.enhanced.aligned, registration=found)
    assert f"SimpleITK {versions()['SimpleITK']}" in text(done, aligned=registered)
    other = {role: Input(each.path.with_suffix(".nrrd")) for role, each in done.inputs.items()}
    assert "NiBabel" not in methods_text(done.request, other, done.enhanced, None)


def test_references_are_beside_the_text(done: EnhancedFiles) -> None:
    assert tuple(done.sidecar["references"]) == REFERENCES  # type: ignore[arg-type]


def test_an_unguided_result_names_no_guide(make: Callable[..., Request]) -> None:
    done = enhance_files(make(guide=None, factor=(2, 2, 1), weights=()))
    assert "No guide was used." in text(done)
    assert "[2]" not in text(done)


def test_the_profile_of_the_plane_is_stated_with_its_source(done: EnhancedFiles) -> None:
    separation = SEPARATIONS[0]
    found = AssumedProfile(("gaussian", "gaussian", None), "measured", 5.25, separation)
    words = "Gaussian along i, j (measured: attenuation 5.2 dB, Gaussian from 4.3 dB)"
    assert f"The profile of its voxels in the plane was {words}." in text(done, plane_profile=found)
    assert "(assumed, not measurable)" in text(done)
    assert "profile" not in text(done, plane_profile=AssumedProfile())


def test_noise_and_inferred_part_are_stated_where_they_are_known(done: EnhancedFiles) -> None:
    assert "Noise" not in text(done)
    assert "edge energy" not in text(done)
    found = text(done, Inferred(0.717, 0.123, 500.0), noise=NoiseLevel(20.0, 0.031, "air"))
    assert "Noise of 3.1\u00a0% of the bright tissue was estimated" in found
    assert "Of its edge energy 71.7\u00a0% is determined by the scan" in found
    assert "12.3\u00a0% of the tissue contrast" in found
