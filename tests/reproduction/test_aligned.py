"""A guide is aligned with the degraded scan, once: the motion is kept beside the trainings."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crossres.physics import degrade
from crossres.registration import Registration, RigidTransform, alignment
from crossres.reproduction.aligned import align_once
from crossres.types import FileFormatError

MOVED = RigidTransform(np.array([[1.0, 0, 0, 1.5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Replace the search by its result, and collect what it is given."""
    given: list[object] = []

    def search(guide: object, *, to: object, **rest: object) -> Registration:
        given.append(to)
        return Registration(MOVED, 1.0, 1.0, 1.0, 1.0, "headers", 0)

    monkeypatch.setattr(alignment, "register_rigid", search)
    return given


def test_a_motion_is_searched_once(
    tiny: SimpleNamespace, tmp_path: Path, searches: list[object]
) -> None:
    guide, reference = tiny.scene(1)
    target = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    first = align_once("one", target, guide, reference.grid, tmp_path / "new")
    again = align_once("one", target, guide, reference.grid, tmp_path / "new")
    assert len(searches) == 1
    assert first.pair.guide is not None
    assert again.pair.guide is not None
    assert np.array_equal(first.pair.guide.data, again.pair.guide.data)
    assert not np.allclose(first.pair.guide.data, guide.data)
    align_once("another", target, guide, reference.grid, tmp_path / "new")
    align_once("one", target, guide, reference.grid)
    assert len(searches) == 3


def test_a_damaged_motion(tiny: SimpleNamespace, tmp_path: Path) -> None:
    guide, reference = tiny.scene(1)
    target = degrade(reference, reference.grid.coarsened((2, 2, 1)))
    (tmp_path / "one.json").write_text('{"other": 1}')
    with pytest.raises(FileFormatError, match=r"one\.json is damaged; remove it"):
        align_once("one", target, guide, reference.grid, tmp_path)
