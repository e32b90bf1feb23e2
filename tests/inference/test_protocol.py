"""What enhances slices satisfies the protocol, and changes no copy of itself."""

import numpy as np
import pytest
import torch

from crossres.inference import Blend, Cascade, GuidedRegression
from crossres.inference.protocol import Enhancer
from crossres.networks import GuidedRDN
from crossres.physics import BackProjection
from crossres.volume import Grid

COARSE = Grid((12, 10, 2), np.diag([2.0, 2.0, 3.0, 1.0]))
FINE = COARSE.refined((2, 2, 1))


def cascade(*, guided: bool) -> Cascade:
    return Cascade((GuidedRDN(blocks=1, layers=1, width=4, norm="none", guided=guided),))


ENSEMBLES = {
    "guided cascade": cascade(guided=True),
    "unguided cascade": cascade(guided=False),
    "blend": Blend(cascade(guided=True), cascade(guided=False)),
}
ENHANCERS = {**ENSEMBLES, "regression": GuidedRegression()}


@pytest.mark.parametrize("name", ENHANCERS)
def test_everything_that_enhances_satisfies_the_protocol(name: str) -> None:
    enhancer = ENHANCERS[name]
    assert isinstance(enhancer, Enhancer)
    assert enhancer.guided is (name != "unguided cascade")
    assert isinstance(enhancer.back_projection, BackProjection)


def test_a_network_alone_is_no_enhancer() -> None:
    assert not isinstance(cascade(guided=True).networks[0], Enhancer)


@pytest.mark.parametrize("name", ENHANCERS)
def test_a_ready_copy_enhances_slices_on_the_fine_grid(name: str) -> None:
    ready = ENHANCERS[name].ready("cpu")
    assert isinstance(ready, Enhancer)
    generator = torch.Generator().manual_seed(0)
    target, guide = (torch.rand(2, 1, *g.shape[:2], generator=generator) for g in (COARSE, FINE))
    estimate = ready.enhance(target, guide if ready.guided else None, COARSE, FINE)
    assert estimate.shape == guide.shape


@pytest.mark.parametrize("name", ENSEMBLES)
def test_a_self_ensemble_is_an_enhancer_of_the_same_kind(name: str) -> None:
    one = ENSEMBLES[name]
    many = one.self_ensemble(one.orientations[:2])
    assert isinstance(many, Enhancer)
    assert many is not one
    assert (many.guided, many.back_projection) == (one.guided, one.back_projection)
    assert len(one.orientations) == 8
