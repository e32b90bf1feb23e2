"""Stored arguments give the result of `crossres.enhance` with the same arguments."""

import numpy as np
import pytest

from crossres.inference import Enhanced, EnhanceSettings
from crossres.types import SettingsError
from crossres.volume import Pair
from crossres.workflows.integrations.enhancement import Enhancement


@pytest.mark.filterwarnings("ignore::crossres.types.CrossresWarning")
def test_the_result_is_that_of_enhance(pair: Pair, enhanced: Enhanced) -> None:
    stored = Enhancement(factor=(2, 2, 1), settings=EnhanceSettings(register=False))
    found = stored.apply(pair.target, pair.guide)
    np.testing.assert_array_equal(found.data, enhanced.volume.data)
    np.testing.assert_array_equal(found.affine, enhanced.volume.affine)


def test_factor_and_spacing_together_are_refused(pair: Pair) -> None:
    with pytest.raises(SettingsError):
        Enhancement(factor=2, spacing=1.0).apply(pair.target)
