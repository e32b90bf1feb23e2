"""Caches of the studies are emptied between tests; registrations that were not computed."""

from collections.abc import Callable, Iterator

import pytest
from studies import variants

from crossres.registration import Registration, RigidTransform


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """Clear the caches, so that no test reuses files of another."""
    yield
    variants._examples.cache_clear()
    variants._simulated.cache_clear()


@pytest.fixture
def registered_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[RigidTransform], None]:
    """Return a function that replaces the search by its result."""

    def replace(transform: RigidTransform) -> None:
        found = Registration(transform, 1.0, 1.0, 1.0, 1.0, "headers", 0)
        monkeypatch.setattr(
            "crossres.registration.alignment.register_rigid", lambda *_, **__: found
        )

    return replace


@pytest.fixture
def aligned(registered_by: Callable[[RigidTransform], None]) -> None:
    """Have every registration find that guide and target are aligned."""
    registered_by(RigidTransform.identity())
