"""The TorchIO transform returns what `crossres.enhance` returns, in the same place."""

import copy
from typing import Any

import numpy as np
import pytest

from crossres.inference import Enhanced, EnhanceSettings
from crossres.types import SettingsError
from crossres.volume import Pair, Volume
from crossres.workflows.integrations.channel_image import tensor_of

tio = pytest.importorskip("torchio")
pytestmark = [
    pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torchio"),
]


def image(volume: Volume) -> Any:
    return tio.ScalarImage(tensor=tensor_of(volume), affine=volume.affine)


@pytest.fixture
def subject(pair: Pair) -> Any:
    assert pair.guide is not None
    return tio.Subject(t2=image(pair.target), t1=image(pair.guide))


@pytest.fixture
def transform() -> Any:
    from crossres.workflows.integrations import SuperResolution

    return SuperResolution("t2", "t1", factor=(2, 2, 1), settings=EnhanceSettings(register=False))


def test_it_returns_the_result_of_enhance(subject: Any, transform: Any, enhanced: Enhanced) -> None:
    before = copy.deepcopy(subject)
    done = tio.Compose([transform])(subject)
    np.testing.assert_array_equal(done["t2"].numpy()[0], enhanced.volume.data)
    np.testing.assert_allclose(done["t2"].affine, enhanced.volume.affine)
    np.testing.assert_array_equal(done["t1"].numpy(), before["t1"].numpy())
    np.testing.assert_array_equal(subject["t2"].numpy(), before["t2"].numpy())


def test_the_history_of_a_subject_repeats_it(
    subject: Any, transform: Any, enhanced: Enhanced
) -> None:
    (stored,) = transform(subject).history
    assert stored.factor == transform.factor
    np.testing.assert_array_equal(stored(subject)["t2"].numpy()[0], enhanced.volume.data)


def test_a_missing_image_is_named(subject: Any) -> None:
    from crossres.workflows.integrations import SuperResolution

    with pytest.raises(SettingsError, match="no image 'flair'; it has 't2', 't1'"):
        SuperResolution("flair", factor=2)(subject)
