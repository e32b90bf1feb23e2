"""Images of one channel and volumes: the same voxels in the same places."""

import numpy as np
import pytest
import torch

from crossres.types import SettingsError
from crossres.workflows.integrations.channel_image import tensor_of, volume_of


def test_a_round_trip_keeps_voxels_and_places() -> None:
    data = torch.rand(1, 3, 4, 5)
    affine = np.diag([2.0, -1.0, 3.0, 1.0])
    volume = volume_of(data, affine, "t2")
    torch.testing.assert_close(tensor_of(volume), data)
    np.testing.assert_array_equal(volume.affine, affine)


def test_tensors_of_networks_are_read() -> None:
    data = torch.rand(1, 3, 4, 5, dtype=torch.float64)
    volume = volume_of(data.clone().requires_grad_(), np.eye(4), "t2")
    np.testing.assert_array_equal(volume.data, data[0].numpy().astype(np.float32))
    np.testing.assert_array_equal(volume_of(data.numpy(), np.eye(4), "t2").data, volume.data)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="requires a CUDA device")
def test_tensors_on_a_device_are_read() -> None:
    data = torch.rand(1, 3, 4, 5)
    volume = volume_of(data.cuda(), torch.eye(4).cuda(), "t2")
    np.testing.assert_array_equal(volume.data, data[0].numpy())


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (1, 1, 3, 4, 5)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingsError, match="`t2` must be one 3-D image"):
        volume_of(torch.rand(shape), np.eye(4), "t2")
