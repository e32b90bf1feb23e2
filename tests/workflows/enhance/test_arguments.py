"""Images, weights and settings are accepted in several forms, and anything else is refused."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from crossres.inference import Candidate, Cascade, EnhanceSettings
from crossres.networks import GuidedRDN
from crossres.types import SettingsError, VolumeError
from crossres.volume import Grid, Volume
from crossres.workflows.enhance.arguments import (
    check_settings,
    list_images,
    list_weights,
    read_image,
)

GRID = Grid((4, 5, 6), np.diag([2.0, 2.0, 2.0, 1.0]))
DATA = np.random.default_rng(0).uniform(1, 2, GRID.shape)


def test_the_file_of_a_path_is_returned(tiny_scans: dict[str, Path]) -> None:
    volume, notes, found = read_image(tiny_scans["T2w"])
    assert notes == []
    assert found is not None
    assert found.name == "T2w.nii.gz"
    assert read_image(volume) == (volume, [], None)


@pytest.mark.parametrize("form", [DATA, np.asfortranarray(DATA), DATA.astype(">f4"), DATA.tolist()])
def test_arrays_of_any_layout_are_the_same_image(form: Any) -> None:
    volume, _, _ = read_image((form, GRID.affine))
    np.testing.assert_array_equal(volume.data, DATA.astype(np.float32))


def test_a_read_only_array_is_copied() -> None:
    data = DATA.astype(np.float32)
    data.setflags(write=False)
    assert read_image((data, GRID.affine))[0].data.flags.writeable


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_that_are_no_intensities_are_refused(value: float) -> None:
    data = DATA.copy()
    data[1, 2, 3] = value
    with np.errstate(over="ignore"), pytest.raises(VolumeError, match="NaN, infinite or beyond"):
        read_image((data, GRID.affine))
    with np.errstate(over="ignore"), pytest.raises(VolumeError, match="NaN, infinite or beyond"):
        read_image(Volume(data, GRID))


def test_weights_are_listed() -> None:
    network = GuidedRDN(blocks=1, layers=1, width=4, guided=False)
    mine = Candidate("mine", Cascade((network,)))
    assert list_weights("a") == list_weights(Path("a")) == ["a"]
    assert list_weights(["a", Path("b"), mine]) == ["a", "b", mine]
    assert list_weights(mine) == [mine]
    assert list_weights(()) == []


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("wrong", [None, 3, [None], [3.0]])
def test_other_weights_are_refused(wrong: Any) -> None:
    with pytest.raises(SettingsError, match="`weights` must be names, files or candidates"):
        list_weights(wrong)


@pytest.mark.parametrize("contrasts", ["T2w", ("T2w",)])
def test_settings_and_contrasts_have_their_types(contrasts: Any) -> None:
    check_settings(EnhanceSettings(), ("T2w", None))
    with pytest.raises(SettingsError, match="`settings` must be EnhanceSettings"):
        check_settings({"register": False}, None)
    with pytest.raises(SettingsError, match="`contrasts` must be a pair"):
        check_settings(EnhanceSettings(), contrasts)


def test_a_list_is_several_images_and_data_with_an_affine_is_one() -> None:
    data, affine = np.zeros((2, 2, 2)), np.eye(4)
    assert list_images("a.nii") == ["a.nii"]
    assert list_images(["a.nii", "b.nii"]) == ["a.nii", "b.nii"]
    assert list_images(("a.nii", "b.nii")) == ["a.nii", "b.nii"]
    assert len(list_images((data, affine))) == 1
    for pairs in ([(data, affine), (data, affine)], ((data, affine), (data, affine))):
        assert len(list_images(pairs)) == 2
    image = nib.Nifti1Image(data, affine)
    assert len(list_images((image, image))) == 2
