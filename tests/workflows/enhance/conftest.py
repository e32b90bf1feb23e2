"""Requests for tiny scans, and one that is finished."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.inference import EnhanceSettings
from crossres.workflows.enhance import EnhancedFiles, Request, enhance_files

Make = Callable[..., Request]
PLAIN = EnhanceSettings(register=False, device="cpu")


@pytest.fixture
def make(tiny_scans: dict[str, Path], tiny_weights: SimpleNamespace) -> Make:
    """Return a function that requests all three axes of a tiny scan, by untrained weights."""

    def request(**changes: Any) -> Request:
        weights = (str(tiny_weights.guided),) * 2
        plain = Request(
            tiny_scans["T2w"], tiny_scans["T1w"], (2, 2, 2), weights=weights, settings=PLAIN
        )
        return replace(plain, **changes)

    return request


@pytest.fixture
def done(make: Make) -> EnhancedFiles:
    return enhance_files(make(factor=(2, 2, 1), weights=()))
