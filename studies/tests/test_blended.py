"""Studies blend shipped weights as `enhance` does."""

import pytest
from studies.blended import blend_of

from crossres.types import WeightsError


def test_guided_weights_are_blended_with_the_unguided_ones_of_their_kind() -> None:
    blend = blend_of("t1-t2-axial-x2")
    assert blend.guided_cascade.guided
    assert not blend.unguided_cascade.guided
    with pytest.raises(WeightsError, match="run without --blend"):
        blend_of("t2-axial-x2")
