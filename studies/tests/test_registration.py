"""The study of registrations recovers a known motion, and resumes."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from studies import registration
from studies.registration import METHODS, Trial, edge_shift, known_motion, row_of, summary_of

from crossres.registration import RigidTransform
from crossres.volume import Grid, Volume
from moved_heads import acquired, grid_of, rotated

SHIFT = rotated(0, (1, 0, 0), (1.5, 0, -1.0))


def head(contrast: int, transform: RigidTransform | None = None) -> Volume:
    return acquired(grid_of(3.0), contrast, transform)


def test_the_judge_finds_a_shift() -> None:
    noise = np.random.default_rng(0).normal(size=(60, 60, 60))
    texture = 50 + 100 * ndimage.gaussian_filter(noise, 1.5)
    moved = ndimage.shift(texture, (1, 0, -2), order=1, mode="nearest")
    ball = np.linalg.norm(np.indices(noise.shape) - 29.5, axis=0) < 28
    guide, target = (
        Volume(np.where(ball, image, 0), Grid(noise.shape, np.eye(4))) for image in (moved, texture)
    )
    assert edge_shift(guide, target)[0] == pytest.approx([1, 0, -2], abs=0.2)


def test_a_known_motion_has_the_given_size() -> None:
    motion = known_motion(2.0, 3.0, seed=1)
    assert motion.angle_degrees == pytest.approx(2.0)
    assert np.linalg.norm(motion.translation_mm) == pytest.approx(3.0)


def test_the_registration_leaves_less_than_the_headers(tmp_path: Path) -> None:
    trial = Trial("moved", head(0), head(1, SHIFT), head(1, SHIFT), SHIFT)
    rows = [row_of(trial, name) for name in ("headers", "crossres")]
    left = [float(str(row["from_expected_mm"])) for row in rows]
    assert left[0] == pytest.approx(np.hypot(1.5, 1.0), abs=0.01)
    assert left[1] < 0.3
    assert summary_of(rows)["crossres"]["from_expected_mm_max"] == left[1]


def test_rows_that_exist_are_not_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial("moved", head(0), head(1), head(1), RigidTransform.identity())
    monkeypatch.setattr(registration, "cohort_trials", lambda data, factor: [trial])
    monkeypatch.setattr(registration, "METHODS", {"headers": METHODS["headers"]})
    registration.main(tmp_path, results=tmp_path)
    monkeypatch.setattr(registration, "row_of", None)
    registration.main(tmp_path, results=tmp_path)
    assert (tmp_path / "cohort-x4.json").is_file()
