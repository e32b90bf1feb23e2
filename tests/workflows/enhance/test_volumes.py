"""The library enhances in memory what the command line enhances from files, to the last bit."""

import json
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel as nib
import numpy as np
import pytest

import crossres as cr
from crossres.cli import main
from crossres.inference import EnhanceSettings
from crossres.physics import volume_consistency
from crossres.types import GridError, SettingsError, VolumeError, WeightsError
from crossres.volume import Grid, ProfileShape
from crossres.weights import load_weights

pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
PLANE = ("--factor", "2,2,1")
CASES: dict[str, tuple[tuple[str, ...], dict[str, Any], dict[str, Any]]] = {
    "one pass": ((*PLANE, "--keep-guide"), {"factor": (2, 2, 1)}, {"keep_guide": True}),
    "two passes": (("--factor", "2,2,2"), {"factor": (2, 2, 2)}, {}),
    "blend": (PLANE, {"factor": 2}, {}),
    "guide left out": (PLANE, {"factor": (2, 2, 1)}, {}),
    "maps": (
        (*PLANE, "--maps", "--guide-influence"),
        {"factor": (2, 2, 1)},
        {"guide_influence": True},
    ),
    "averaged": (
        ("--spacing", "4,4,8", "--ensemble"),
        {"spacing": (4.0, 4.0, 8.0)},
        {"ensemble": True},
    ),
    "another back-projection": (
        (*PLANE, "--back-projection", "exact", "--noise", "30"),
        {"factor": (2, 2, 1)},
        {"back_projection": "exact", "noise": 30.0},
    ),
}


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a digital phantom: the scan, its guide, and a guide that is misaligned."""
    folder = tmp_path_factory.mktemp("scans")
    guide, reference = cr.make_pair(5, shape=(44, 52, 8), spacing=4.0)
    moved = guide.with_data(np.roll(guide.data, 4, axis=(0, 1)))
    coarse = cr.degrade(reference, reference.grid.coarsened((2, 2, 2)))
    volumes = {"T1w": guide, "moved": moved, "T2w": coarse}
    for name, volume in volumes.items():
        cr.write(volume, folder / f"{name}.nii.gz")
    return {name: folder / f"{name}.nii.gz" for name in volumes}


@pytest.mark.parametrize("case", CASES)
def test_library_and_command_give_the_same_bits(
    case: str, scans: dict[str, Path], tmp_path: Path
) -> None:
    words, grid, settings = CASES[case]
    guide = scans["moved" if case == "guide left out" else "T1w"]
    out = tmp_path / "SR.nii.gz"
    line = [
        "enhance",
        scans["T2w"],
        "--guide",
        guide,
        *words,
        "-o",
        out,
        "--no-register",
        "--quiet",
    ]
    assert main([str(word) for word in line]) == 0
    done = cr.enhance(
        scans["T2w"], guide=guide, settings=EnhanceSettings(register=False, **settings), **grid
    )
    assert np.array_equal(done.volume.data, cr.read(out).data)
    sidecar = json.loads((tmp_path / "SR.json").read_text())
    assert sidecar["consistency"]["result"] == done.consistency.result
    assert sidecar["consistency"]["interpolation"] == done.consistency.interpolation
    assert sidecar["weights"] == done.weights
    assert sidecar["guide_left_out"] is done.guide_left_out is (case == "guide left out")
    assert len(sidecar["passes"]) == len(done.passes) == (2 if case == "two passes" else 1)
    assert ("predicted_error" in sidecar) is (case == "maps")
    if case == "maps":
        maps, predicted = tmp_path / "SR.maps", done.predicted_error
        assert predicted is not None
        assert done.guide_influence is not None
        assert sidecar["predicted_error"]["quantile"] == predicted.quantile
        assert sidecar["predicted_error"]["calibrations"][0]["model"] == "guided, in the plane"
        pairs = {"predicted_error": predicted.volume, "guide_influence": done.guide_influence}
        for name, volume in pairs.items():
            assert np.array_equal(cr.read(maps / f"{name}.nii.gz").data, volume.data)


def test_a_registered_guide_too(scans: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "SR.nii.gz"
    line = ["enhance", scans["T2w"], "--guide", scans["T1w"], *PLANE, "-o", out, "--quiet"]
    assert main([str(word) for word in line]) == 0
    done = cr.enhance(scans["T2w"], guide=scans["T1w"], factor=(2, 2, 1))
    assert np.array_equal(done.volume.data, cr.read(out).data)
    assert done.aligned.registration is not None
    assert done.timings["total"] >= done.timings["registration"] > 0


UNREGISTERED = EnhanceSettings(register=False, keep_guide=True)


def test_every_form_of_an_image_is_the_same_image(scans: dict[str, Path]) -> None:
    forms = {
        "path": scans["T2w"],
        "text": str(scans["T2w"]),
        "volume": cr.read(scans["T2w"]),
        "nibabel": nib.load(scans["T2w"]),
        "array": (cr.read(scans["T2w"]).data, cr.read(scans["T2w"]).affine),
    }
    enhanced = partial(
        cr.enhance, guide=scans["T1w"], factor=2, contrasts=("T2w", "T1w"), settings=UNREGISTERED
    )
    done = {name: enhanced(form).volume for name, form in forms.items()}
    for name, volume in done.items():
        assert np.array_equal(volume.data, done["path"].data), name
        assert volume.grid == done["path"].grid


def test_images_in_memory_are_of_any_contrast_unless_it_is_stated(scans: dict[str, Path]) -> None:
    scan = cr.read(scans["T2w"])
    assert cr.enhance(scan, factor=2).weights == "any-axial-x2@1"
    assert cr.enhance(scan, factor=2, contrasts=("T2w", None)).weights == "t2-axial-x2@2"


@pytest.mark.parametrize("shape", ["gaussian", "slab"])
def test_the_result_agrees_with_slices_as_thick_as_they_are(shape: ProfileShape) -> None:
    _, reference = cr.make_pair(5, shape=(40, 48, 36), spacing=4.0)
    coarse = cr.coarse_grid(
        reference.grid, factor=(1, 1, 3), slice_thickness=8.0, slice_profile=shape
    )
    scan = cr.degrade(reference, coarse)
    plain = scan.with_data(scan.data, Grid(coarse.shape, coarse.affine))
    known = cr.enhance(scan, factor=(1, 1, 3))
    given = EnhanceSettings(slice_thickness=8.0, slice_profile=shape)
    assert np.array_equal(
        cr.enhance(plain, factor=(1, 1, 3), settings=given).volume.data, known.volume.data
    )
    assumed = cr.enhance(plain, factor=(1, 1, 3))
    errors = [volume_consistency(done.volume, scan) for done in (known, assumed)]
    assert errors[0] < 0.5 * errors[1]


def test_an_impossible_slice_thickness_is_refused(scans: dict[str, Path]) -> None:
    settings = EnhanceSettings(slice_thickness=30.0)
    with pytest.raises(SettingsError, match="slices 30 mm thick cannot be 8 mm apart"):
        cr.enhance(scans["T2w"], factor=2, settings=settings)


def test_the_result_goes_back_to_nibabel_and_numpy(scans: dict[str, Path]) -> None:
    volume = cr.enhance(scans["T2w"], factor=2).volume
    image = volume.to_nibabel()
    assert np.array_equal(image.get_fdata(dtype=np.float32), np.asarray(volume))
    np.testing.assert_allclose(image.affine, volume.affine)


def test_weights_are_one_or_several(scans: dict[str, Path], tiny_weights: SimpleNamespace) -> None:
    for one in ("t2-axial-x2", ["t2-axial-x2"], tiny_weights.unguided):
        name = "tiny@1" if isinstance(one, Path) else "t2-axial-x2@2"
        assert cr.enhance(scans["T2w"], factor=2, weights=one).weights == name


@pytest.mark.usefixtures("unchecked")
def test_settings_are_settings(scans: dict[str, Path]) -> None:
    settings: Any = {"register": False}
    with pytest.raises(SettingsError, match=r"`settings` must be EnhanceSettings.* got a dict"):
        cr.enhance(scans["T2w"], factor=2, settings=settings)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("factor", ["x", [2, None], {}, "221", True])
def test_a_factor_is_one_number_or_several(scans: dict[str, Path], factor: Any) -> None:
    with pytest.raises(SettingsError, match="`factor` must be one number or three"):
        cr.enhance(scans["T2w"], factor=factor)


def test_file_names_are_compared_with_the_contrasts_of_the_weights(
    scans: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "sub-01_FLAIR.nii.gz"
    path.write_bytes(scans["T2w"].read_bytes())
    assert cr.enhance(path, factor=2).weights == "any-axial-x2@1"
    done = cr.enhance(path, factor=2, weights="t2-axial-x2")
    assert any("is named a FLAIR, but the weights expect a T2w" in text for text in done.warnings)


def test_own_candidates_and_known_contrasts(scans: dict[str, Path]) -> None:
    mine = cr.Candidate("mine", load_weights("t2-axial-x2"))
    assert cr.enhance(scans["T2w"], factor=2, weights=[mine]).weights == "mine"
    flair = ("FLAIR", None)
    assert cr.enhance(scans["T2w"], factor=2, contrasts=flair).weights == "any-axial-x2@1"
    other = cr.enhance(scans["T2w"], factor=2, contrasts=flair, weights="t2-axial-x2")
    assert "weights were made for T2w without a guide, this is FLAIR without a guide" in (
        other.warnings
    )


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (3.0, VolumeError, "cannot use a float as an image; give a path, a Volume"),
        ((np.ones((4, 4)), np.eye(4)), GridError, "a grid needs three sizes"),
        ((np.ones((4, 4, 4)), np.zeros((4, 4))), GridError, "must end in the row 0 0 0 1"),
    ],
)
def test_anything_else_is_refused(image: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cr.enhance(image, factor=2)


def test_weights_and_guide_must_go_together(scans: dict[str, Path]) -> None:
    with pytest.raises(WeightsError, match="need a T1w guide; add a `guide`"):
        cr.enhance(scans["T2w"], factor=2, weights=["t1-t2-axial-x2"])


def test_the_default_grid_is_that_of_the_command(scans: dict[str, Path], tmp_path: Path) -> None:
    guide, output = cr.read(scans["T1w"]), tmp_path / "SR.nii.gz"
    thick = cr.degrade(guide, cr.coarse_grid(guide.grid, factor=(1, 1, 2)))
    cr.write(thick, tmp_path / "T2w.nii.gz")
    done = cr.enhance(tmp_path / "T2w.nii.gz", scans["T1w"])
    words = ["enhance", str(tmp_path / "T2w.nii.gz"), "--guide", str(scans["T1w"])]
    assert main([*words, "-o", str(output)]) == 0
    assert done.volume.spacing == pytest.approx((4, 4, 4))
    assert np.array_equal(cr.read(output).grid.affine, done.volume.grid.affine)
