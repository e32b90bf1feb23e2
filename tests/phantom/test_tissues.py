"""Every tissue has physically possible properties."""

import pytest

from crossres.phantom import RELAXATION, Tissue
from crossres.phantom.tissues import BRAIN


def test_every_tissue_has_properties() -> None:
    assert set(RELAXATION) == set(Tissue)


@pytest.mark.parametrize("tissue", list(Tissue))
def test_properties_are_possible(tissue: Tissue) -> None:
    values = RELAXATION[tissue]
    assert 0 < values.t2 <= values.t1
    assert 0 <= values.density <= 1


def test_only_air_has_no_protons() -> None:
    assert [t for t, values in RELAXATION.items() if values.density == 0] == [Tissue.AIR]


def test_fluid_is_not_brain() -> None:
    assert Tissue.CSF not in BRAIN
