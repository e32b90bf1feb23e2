"""The MONAI transform returns what `crossres.enhance` returns, in the same place."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import crossres as cr
from crossres.inference import Enhanced, EnhanceSettings
from crossres.types import SettingsError
from crossres.volume import Pair, Volume
from crossres.workflows.integrations.channel_image import tensor_of

monai_data = pytest.importorskip("monai.data")
pytestmark = pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")


def image(volume: Volume) -> Any:
    affine = torch.from_numpy(volume.affine.copy())
    return monai_data.MetaTensor(tensor_of(volume), affine=affine)


@pytest.fixture
def scans(pair: Pair) -> dict[str, Any]:
    assert pair.guide is not None
    return {"t2": image(pair.target), "t1": image(pair.guide), "name": "sub-01"}


@pytest.fixture
def transform() -> Any:
    from crossres.workflows.integrations import SuperResolutiond

    return SuperResolutiond("t2", "t1", factor=(2, 2, 1), settings=EnhanceSettings(register=False))


def test_it_returns_the_result_of_enhance(
    scans: dict[str, Any], transform: Any, enhanced: Enhanced
) -> None:
    from monai.transforms import Compose

    done = Compose([transform])(scans)
    np.testing.assert_array_equal(done["t2"][0].numpy(), enhanced.volume.data)
    np.testing.assert_allclose(done["t2"].affine, enhanced.volume.affine)
    assert done["name"] == "sub-01"
    assert scans["t2"].shape != done["t2"].shape


@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader")  # a reader of MONAI for DICOM
def test_a_saved_result_has_the_name_of_its_scan_and_the_fine_grid(
    pair: Pair, transform: Any, enhanced: Enhanced, tmp_path: Path
) -> None:
    from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged, SaveImaged

    assert pair.guide is not None
    cr.write(pair.target, tmp_path / "scan.nii.gz")
    cr.write(pair.guide, tmp_path / "guide.nii.gz")
    keys = ["t2", "t1"]
    save = SaveImaged("t2", output_dir=tmp_path, output_postfix="sr", separate_folder=False)
    run = Compose([LoadImaged(keys), EnsureChannelFirstd(keys), transform, save])
    done = run({"t2": tmp_path / "scan.nii.gz", "t1": tmp_path / "guide.nii.gz"})
    assert tuple(done["t2"].meta["spatial_shape"]) == enhanced.volume.shape
    saved = cr.read(tmp_path / "scan_sr.nii.gz")
    assert saved.shape == enhanced.volume.shape
    np.testing.assert_allclose(saved.affine, enhanced.volume.affine, atol=1e-4)


def test_it_can_be_sent_to_the_processes_of_a_loader(transform: Any) -> None:
    assert pickle.loads(pickle.dumps(transform)).enhancement == transform.enhancement


def test_a_tensor_without_a_place_is_refused(scans: dict[str, Any], transform: Any) -> None:
    with pytest.raises(SettingsError, match="'t2' must be a MetaTensor"):
        transform({**scans, "t2": torch.rand(1, 8, 8, 4)})
