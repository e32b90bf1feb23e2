"""Profiles that metadata state are read; what is no profile is warned of and not used."""

import json
from pathlib import Path

import numpy as np
import pytest

from crossres.io import describe, find_input, write
from crossres.io.stated_profile import KEY, stated_profiles
from crossres.volume import Grid, Volume

GRID = Grid((8, 6, 4), np.diag([0.5, 0.5, 4.0, 1.0]))


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    write(Volume(np.arange(192.0).reshape(GRID.shape), GRID), tmp_path / "T2.nii.gz")
    return tmp_path / "T2.nii.gz"


def state(scan: Path, value: object) -> None:
    scan.with_name("T2.json").write_text(json.dumps({KEY: value}))


def test_stated_profiles_are_read_with_the_scan(scan: Path) -> None:
    plain = find_input(scan)
    assert not any(one.stated for one in plain.load()[0].grid.profiles)
    state(scan, ["band-limited", "gaussian", None])
    for stated_slices in (True, False):
        volume, notes = find_input(scan).load(stated_slices=stated_slices)
        assert [one.shape for one in volume.grid.profiles] == ["band-limited"] + 2 * ["gaussian"]
        assert [one.stated for one in volume.grid.profiles] == [True, True, False]
        assert notes == []
    assert describe(scan)["voxel_profiles"] == "band-limited along i, Gaussian along j"
    shapes = find_input(scan).fingerprint()["voxel_profiles"]
    assert shapes == ["band-limited", "gaussian", None]
    assert "voxel_profiles" not in plain.fingerprint()


@pytest.mark.parametrize("value", ["gaussian", ["box", None, None], ["gaussian"], 3, [[], 1, 2]])
def test_what_is_no_profile_is_warned_of(scan: Path, value: object) -> None:
    state(scan, value)
    volume, [note] = find_input(scan).load()
    assert not any(one.stated for one in volume.grid.profiles)
    assert note.startswith("T2.nii.gz has metadata in which VoxelProfiles is ")
    assert "not used" in note


def test_nothing_stated_is_no_warning(scan: Path) -> None:
    state(scan, [None, None, None])
    assert find_input(scan).load()[1] == []
    assert "voxel_profiles" not in describe(scan)
    scan.with_name("T2.json").write_text("{")
    assert stated_profiles(scan).notes == ()
