"""Subjects are cohort files or digital phantoms, with identities that differ where scans do."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from crossres.reproduction import cohort_subjects, phantom_subjects
from crossres.reproduction.subjects import volumes


def test_subjects_of_a_cohort_are_sorted_and_turned_to_one_orientation(cohort: Path) -> None:
    found = cohort_subjects(cohort)
    names = [subject.name for subject in found]
    assert names == sorted(names)
    assert len(names) == 10
    for volume in volumes(found[0]):
        assert np.all(np.diag(volume.grid.affine) > 0), "the files run to the left"


def test_phantoms_differ_and_are_reproducible() -> None:
    one, other = phantom_subjects()[:2]
    assert one.name != other.name
    again = phantom_subjects()[0]
    guide, reference = volumes(one)
    assert guide.grid.is_close(reference.grid)
    assert np.array_equal(reference.data, volumes(again)[1].data)
    assert not np.array_equal(reference.data, volumes(other)[1].data)


def test_subjects_of_one_name_have_different_identities(tmp_path: Path, cohort: Path) -> None:
    known = cohort_subjects(cohort)[0]
    assert known.case is not None
    other = tmp_path / known.case.target.name
    other.write_bytes(known.case.target.read_bytes() + b"more")
    changed = replace(known, case=replace(known.case, target=other))
    assert known.identity == cohort_subjects(cohort)[0].identity
    assert changed.identity != known.identity
    assert phantom_subjects()[0].identity != replace(phantom_subjects()[0], seed=9).identity
