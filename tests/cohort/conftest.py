"""Jobs of tiny cases."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crossres.cohort import Job, Settings, Wanted, plan
from crossres.io import BidsDataset

Jobs = Callable[..., list[Job]]


@pytest.fixture
def jobs(build: Callable[..., Path], tiny_weights: SimpleNamespace, tmp_path: Path) -> Jobs:
    """Return a function that makes a job for each of some subjects, with given settings."""

    def make(*subjects: str, out: str = "out", **changes: Any) -> list[Job]:
        root = build(*(f"sub-{s}/anat/sub-{s}_{c}" for s in subjects for c in ("T1w", "T2w")))
        settings = Settings(factor=(2.0,), weights=str(tiny_weights.guided), register=False)
        settings = replace(settings, **changes)
        planned = plan(BidsDataset(root), tmp_path / out, Wanted("T2w", "T1w"), settings)
        return list(planned.jobs)

    return make
