"""Caches of the studies are emptied between tests."""

from collections.abc import Iterator

import pytest
from studies import variants


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """Clear the caches, so that no test reuses files of another."""
    yield
    variants._examples.cache_clear()
    variants._simulated.cache_clear()
