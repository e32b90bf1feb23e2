"""Images of one channel and volumes: the same voxels in the same places."""

import numpy as np
import pytest
import torch

from crossres.integrations.channel_image import tensor_of, volume_of
from crossres.types import SettingsError


def test_a_round_trip_keeps_voxels_and_places() -> None:
    data = torch.rand(1, 3, 4, 5)
    affine = np.diag([2.0, -1.0, 3.0, 1.0])
    volume = volume_of(data, affine, "t2")
    torch.testing.assert_close(tensor_of(volume), data)
    np.testing.assert_array_equal(volume.affine, affine)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (1, 1, 3, 4, 5)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingsError, match="`t2` must be one 3-D image"):
        volume_of(torch.rand(shape), np.eye(4), "t2")
