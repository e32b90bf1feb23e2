"""A packed cohort is smaller, shows the same to the last bit and has the same addresses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossres.reproduction import TABLES, Budget, budget, cohort_subjects, units_of
from crossres.reproduction import pack as packing
from crossres.reproduction.pack import Selection, pack, selection_of
from crossres.reproduction.protocol import simulate_subject
from crossres.reproduction.subjects import PACKED, volumes
from crossres.types import FileFormatError, OutputExistsError, SettingsError

STILL = Selection((3, 4), (0.0,))
MOVING = Selection((3,), (0.0, 1.0, 2.0))


@pytest.fixture(scope="session")
def packed(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack the tiny cohort for every third and every fourth slice, once."""
    return pack(cohort, tmp_path_factory.mktemp("packed") / "cohort", STILL)


@pytest.fixture
def every_third(smoke: Budget) -> Budget:
    return replace(smoke, folds=4, phantoms=False)


def test_what_is_shown_is_the_same_to_the_last_bit(packed: Path, cohort: Path) -> None:
    for one, other in zip(cohort_subjects(cohort), cohort_subjects(packed), strict=True):
        for every in STILL.every:
            a, b = (
                simulate_subject(s, 2, guided=True, every=every, register=False)
                for s in (one, other)
            )
            pairs = [(a.pair.target, b.pair.target), (a.pair.guide, b.pair.guide)]
            for left, right in [*pairs, (a.reference, b.reference)]:
                assert np.array_equal(left.data, right.data)
                assert np.array_equal(left.grid.affine, right.grid.affine)


def test_a_guide_that_moves_is_kept_whole(cohort: Path, tmp_path: Path) -> None:
    folder = pack(cohort, tmp_path / "moving", MOVING)
    one, other = (cohort_subjects(path)[0] for path in (cohort, folder))
    for shift in MOVING.shifts:
        a, b = (
            simulate_subject(s, 2, guided=True, every=3, shift_mm=shift, register=False)
            for s in (one, other)
        )
        assert np.array_equal(a.pair.guide.data, b.pair.guide.data)
    assert np.array_equal(volumes(one)[0].data, volumes(other)[0].data)
    assert not np.array_equal(volumes(one)[1].data, volumes(other)[1].data)


def test_nothing_else_is_there(packed: Path) -> None:
    for volume in volumes(cohort_subjects(packed)[0]):
        count = volume.grid.shape[2]
        empty = [k for k in range(count) if not volume.data[:, :, k].any()]
        assert set(empty) >= set(range(count)) - set(STILL.slices(count))


def test_addresses_stay(packed: Path, cohort: Path, every_third: Budget) -> None:
    keys = [
        [(u.key, u.training_key) for u in units_of(TABLES, every_third, cohort_subjects(folder))]
        for folder in (cohort, packed)
    ]
    assert keys[0] == keys[1]


def test_what_was_left_out_is_never_shown_as_empty(packed: Path) -> None:
    subject = cohort_subjects(packed)[0]
    with pytest.raises(SettingsError, match=r"lack every 2th slice"):
        simulate_subject(subject, 2, guided=True, every=2)
    with pytest.raises(SettingsError, match=r"a registration error of 1 mm"):
        simulate_subject(subject, 2, guided=True, every=3, shift_mm=1.0, register=False)
    with pytest.raises(SettingsError, match=r"too few to align them by"):
        simulate_subject(subject, 2, guided=True, every=3)


def test_a_budget_decides_which_slices_are_packed() -> None:
    assert selection_of(budget("cpu"), ["table2"]) == Selection((8,), (0.0,))
    assert selection_of(budget("cpu"), list(TABLES)) == Selection((8,), (0.0, 1.0, 2.0, 3.0))
    for name in ("full", "smoke"):
        with pytest.raises(SettingsError, match="uses every slice"):
            selection_of(budget(name), ["table2"])
    with pytest.raises(SettingsError, match="no table"):
        selection_of(budget("cpu"), ["table9"])


@pytest.mark.parametrize("count", [15, 16])
def test_the_centre_slice_is_packed(count: int) -> None:
    assert count // 2 in Selection((8,), (0.0,)).slices(count)


def test_a_packed_folder_is_not_packed_again(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="packed already"):
        pack(packed, tmp_path / "again", STILL)


def test_a_folder_that_is_there_stays(cohort: Path, packed: Path) -> None:
    before = (packed / PACKED).read_bytes()
    with pytest.raises(OutputExistsError):
        pack(cohort, packed, STILL)
    assert (packed / PACKED).read_bytes() == before


def test_what_would_change_is_refused_and_nothing_is_written(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = packing.write
    monkeypatch.setattr(
        packing, "write", lambda scan, path: write(scan.with_data(scan.data * 1.01), path)
    )
    with pytest.raises(FileFormatError, match="would change when packed"):
        pack(cohort, tmp_path / "changed", STILL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", '{"every": [3]}'])
def test_a_damaged_list_is_named(cohort: Path, packed: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / PACKED).write_text(text)
    with pytest.raises(FileFormatError, match=rf"{PACKED} is damaged"):
        cohort_subjects(tmp_path)


def test_a_list_of_other_scans_is_refused(packed: Path, cohort: Path, tmp_path: Path) -> None:
    folder = pack(cohort, tmp_path / "less", STILL)
    content = json.loads((folder / PACKED).read_text())
    content["subjects"].popitem()
    (folder / PACKED).write_text(json.dumps(content))
    with pytest.raises(FileFormatError, match="other scans than"):
        cohort_subjects(folder)
