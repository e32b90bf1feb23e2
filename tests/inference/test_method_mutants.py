"""Candidates and results hold networks and arrays: they are compared by identity."""

import pytest

from crossres.inference import Candidate, Enhanced, Result


@pytest.mark.parametrize("kind", [Candidate, Enhanced, Result])
def test_objects_with_arrays_are_compared_by_identity(kind: type) -> None:
    assert kind.__eq__ is object.__eq__
    assert kind.__hash__ is object.__hash__
